/**
 * The error classes that both sides know, by name: the language's, Node's, this package's, and those that the
 * application has registered.
 *
 * @module
 */
import * as ownErrors from '../errors.js'
import { propertyOf } from './reading.js'
import { extendsError, isPrototypeOfDOMException } from './realms.js'
import { cut, shown } from './shown.js'
import { thisThread } from './thread.js'

/** A class that extends `Error`, whatever its constructor takes. */
export type ErrorClass = abstract new (...args: never[]) => Error

const BUILT_IN: readonly ErrorClass[] = [
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError],
]
const OURS: readonly ErrorClass[] = [DOMException, ...Object.values(ownErrors)]
const ALWAYS_KNOWN = new Map([...BUILT_IN, ...OURS].map((one) => [one.name, one]))

/**
 * Makes a class known to this thread, so that its errors keep it when they come from another thread that has registered
 * it too: `instanceof` holds, and the prototype's methods and getters work. Register it in a module that both import.
 *
 * The copy has the own properties of the error that was thrown; its constructor doesn't run. Private fields (`#it`) don't
 * cross.
 *
 * @param errorClass - A class that extends `Error`. Its name tells it from others.
 * @throws TypeError if it is no such class, or has no name; DefinitionError if another class of that name is known.
 *
 * @example
 * ```ts
 * export class QuotaError extends Error {
 *   declare limit: number
 * }
 * registerError(QuotaError)
 * ```
 */
export function registerError(errorClass: ErrorClass): void {
  if (!isErrorClass(errorClass)) {
    throw new TypeError(`registerError() takes a class that extends Error; it was given \`${shown(errorClass)}\``)
  }
  // A static property of the class may stand in its place.
  const name = propertyOf(errorClass, 'name')
  if (typeof name !== 'string' || name === '')
    throw new TypeError('registerError() was given a class without a name, by which it could be told')
  const other = known(name)
  if (other !== undefined && other !== errorClass) {
    throw new ownErrors.DefinitionError(
      `registerError() was given a class named \`${cut(name)}\`, and another of that name is known; name one of them anew`,
    )
  }
  thisThread.errorClasses.set(name, errorClass)
}

function isErrorClass(value: unknown): boolean {
  const prototype = typeof value === 'function' ? propertyOf(value, 'prototype') : undefined
  return typeof prototype === 'object' && prototype !== null && extendsError(prototype)
}

/** The class of that name; `undefined` if this side doesn't know it. */
export function known(name: string): ErrorClass | undefined {
  return ALWAYS_KNOWN.get(name) ?? thisThread.errorClasses.get(name)
}

/** The name by which the other side may know the class that has this prototype. */
export function nameOfClass(prototype: object): string | undefined {
  if (!Object.hasOwn(prototype, 'constructor')) return undefined
  const name: unknown = prototype.constructor?.name
  if (typeof name !== 'string') return undefined
  // By identity: the application may well have a `TimeoutError` of its own, and even a `TypeError`.
  if (known(name)?.prototype === prototype) return name
  // Another realm has built-ins of its own, which are known by their names only; so is Node's `DOMException` where a DOM environment
  // has put another in its place.
  const isForeign = prototype !== Error.prototype && !(prototype instanceof Error)
  const isBuiltIn = isForeign && BUILT_IN.some((one) => one.name === name)
  return isBuiltIn || isPrototypeOfDOMException(prototype) ? name : undefined
}
