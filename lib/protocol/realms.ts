/**
 * What something is, whichever realm made it. A test runner that gives each file a `node:vm` context, as Jest does, has built-ins of
 * its own there, while what Node makes is of the main realm; and a DOM environment puts its own classes in place of Node's. So
 * `instanceof` a built-in says nothing. What is imported from `node:` is the same in every realm.
 *
 * @module
 */
import { types } from 'node:util'

/** A `DOMException` is none of the language's own errors in some versions of Node. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || (typeof value === 'object' && value !== null && extendsError(value))
}

/** Whether an `Error` is further up the chain of prototypes. */
export function extendsError(object: object): boolean {
  try {
    if (object instanceof Error) return true // nearly all
    let at: object | null = Object.getPrototypeOf(object)
    while (at !== null && !isErrorPrototype(at)) at = Object.getPrototypeOf(at)
    return at !== null
  } catch {
    return false // a Proxy's trap threw
  }
}

/** Node's, that of a DOM environment, and what extends either. */
export function isDOMException(value: unknown): value is DOMException {
  return isError(value) && Reflect.get(value, Symbol.toStringTag) === 'DOMException'
}

export function isPrototypeOfDOMException(prototype: object): boolean {
  return Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value === 'DOMException'
}

/** Node's, that of a DOM environment, and a polyfill's. */
export function isURL(value: unknown): value is URL {
  try {
    if (typeof value !== 'object' || value === null || Reflect.get(value, Symbol.toStringTag) !== 'URL') return false
    return typeof Reflect.get(value, 'href') === 'string'
  } catch {
    return false // a getter or a Proxy's trap threw
  }
}

/** As `instanceof`, of whatever was given. */
export function isInstance<T>(value: unknown, of: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof of
  } catch {
    return false // a Proxy's trap threw
  }
}

/** Whether it is an array, of whatever was given. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false // a Proxy that was revoked
  }
}

/** An `AbortSignal` is one. */
export function isEventTarget(value: object): boolean {
  return 'addEventListener' in value && 'dispatchEvent' in value
}

/** Whether it is the prototype of all that has no other class: `Object.prototype`. */
export function isObjectPrototype(prototype: object): boolean {
  return prototype === Object.prototype || (Object.getPrototypeOf(prototype) === null && hasOwnMethods(prototype))
}

function isErrorPrototype(object: object): boolean {
  // Not by a getter, which would be the application's code.
  const maker: unknown = Object.getOwnPropertyDescriptor(object, 'constructor')?.value
  // Each realm's `Error` has that, and no class below it.
  return typeof maker === 'function' && Object.hasOwn(maker, 'captureStackTrace')
}

function hasOwnMethods(prototype: object): boolean {
  return Object.hasOwn(prototype, 'isPrototypeOf') && Object.hasOwn(prototype, 'hasOwnProperty')
}
