import { types } from 'node:util'
import { AlreadyInUseError, UnknownFunctionError } from '../errors.js'
import { isNoCall, isOwnAffair } from '../protocol/no-call.js'
import { isObjectPrototype } from '../protocol/realms.js'
import { cut, nameOfFunction, shown } from '../protocol/shown.js'
import type { AnyFunction } from '../protocol/thread.js'

/** A function that may be called, and its `this`. */
export interface Callable {
  readonly fn: AnyFunction
  readonly self: object | undefined
}

/** Names that a message lists. */
const MOST_NAMES = 100

interface Exposure {
  readonly service: object
}

/** The objects whose functions can be called by name. */
export class Services {
  readonly #exposures = new Map<string, Exposure>()

  /**
   * @returns Takes the service away again.
   * @throws TypeError if the name is empty or the service is not an object of functions.
   * @throws AlreadyInUseError if the name is taken.
   */
  expose(name: string, service: object): () => void {
    if (typeof name !== 'string' || name === '') {
      throw new TypeError(`expose() takes a name first, a string that is not empty; it was given \`${shown(name)}\``)
    }
    const fault = faultOf(service)
    if (fault !== undefined) throw new TypeError(`expose('${cut(name)}', …) takes an object of functions; ${fault}`)
    if (this.#exposures.has(name)) {
      throw new AlreadyInUseError(
        `A service named \`${cut(name)}\` is exposed already; dispose what its expose() returned first, or take another name`,
      )
    }
    const exposure: Exposure = { service }
    this.#exposures.set(name, exposure)
    return () => {
      // Later the name may be another's; even the same service's, exposed anew.
      if (this.#exposures.get(name) === exposure) this.#exposures.delete(name)
    }
  }

  /** @throws UnknownFunctionError with the names that are there. */
  find(serviceName: string, functionName: string): Callable {
    const exposure = this.#exposures.get(serviceName)
    if (exposure === undefined) {
      throw new UnknownFunctionError(
        `No service named \`${cut(serviceName)}\` is exposed, so \`${cut(serviceName)}.${cut(functionName)}\` cannot be called; ` +
          `exposed are: ${list(this.#exposures.keys())}; a service has its name by \`expose()\`, and a module is named by a URL`,
      )
    }
    return functionOf(exposure.service, functionName, `The service \`${cut(serviceName)}\``)
  }
}

/**
 * Finds a function that may be called: an own one of an object, or a public method of a class instance. What a getter
 * would return is none, unless it is a module's: looking for a function runs no code.
 *
 * @param owner - How the message calls the object.
 * @throws UnknownFunctionError with the names that are there.
 */
export function functionOf(object: object, name: string, owner: string): Callable {
  const fn = callable(object, name)
  if (fn !== undefined) return { fn, self: object }
  const names = list(callableNames(object))
  throw new UnknownFunctionError(
    `${owner} has no function \`${cut(name)}\` to call${whatElse(object, name)}; it has: ${names}`,
  )
}

/** A list of names for a message, which is no longer for more of them than anybody reads. */
export function list(names: Iterable<string>): string {
  const all = [...names]
  const first = all.slice(0, MOST_NAMES).map((name) => `\`${cut(name)}\``)
  if (all.length > MOST_NAMES) first.push(`and ${all.length - MOST_NAMES} more`)
  return first.join(', ') || 'none'
}

export function callable(object: object, name: string): AnyFunction | undefined {
  // `constructor`, `__proto__`, `then` … never, not even where the object has one of its own.
  return isNoCall(name) ? undefined : publicFunction(object, name)
}

function publicFunction(object: object, name: string): AnyFunction | undefined {
  if (isClassInstance(object) && name.startsWith('_')) return undefined
  for (const owner of ownersOf(object)) {
    const found = Object.getOwnPropertyDescriptor(owner, name)
    if (found === undefined) continue
    const value: unknown = isExports(object) ? Reflect.get(object, name) : found.value
    return isFunction(value) ? value : undefined
  }
  return undefined
}

/** What there is in the place of a function, for a message; nothing if there is nothing. */
export function whatElse(object: object, name: string): string {
  const found = Object.getOwnPropertyDescriptor(object, name)
  if (found === undefined || isFunction(found.value)) return ''
  if (found.get !== undefined && !isExports(object)) return ', only a getter'
  const value: unknown = Reflect.get(object, name)
  if (types.isModuleNamespaceObject(value)) return ', only a whole module, which has a URL of its own'
  return isFunction(value) ? '' : `, only a value of type \`${typeof value}\``
}

/**
 * Whether that is what a module exports, of which getters give what is exported: an ES module, one that is evaluated by other
 * than Node, as Vite does, or one that was compiled.
 */
export function isExports(object: object): boolean {
  return (
    Object.getOwnPropertyDescriptor(object, Symbol.toStringTag)?.value === 'Module' ||
    (Object.hasOwn(object, '__esModule') && Reflect.get(object, '__esModule') === true)
  )
}

export function callableNames(object: object): string[] {
  return namesOf(object)
    .filter((name) => callable(object, name) !== undefined)
    .sort()
}

function namesOf(object: object): string[] {
  return [...new Set([...ownersOf(object)].flatMap((owner) => Object.getOwnPropertyNames(owner)))]
}

/** The name of a function that was meant to be called, but never could be. */
function neverCalled(object: object): string | undefined {
  return namesOf(object).find(
    (name) => isNoCall(name) && !isOwnAffair(name) && publicFunction(object, name) !== undefined,
  )
}

/** An object that is neither a literal, nor without prototype, as a module's exports are. */
function isClassInstance(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object)
  return prototype !== null && !isObjectPrototype(prototype)
}

/** Where functions of the object are looked for: in itself, and in its class and those above it. */
function* ownersOf(object: object): Iterable<object> {
  yield object
  if (!isClassInstance(object)) return
  let at: object | null = Object.getPrototypeOf(object)
  for (; at !== null && !isObjectPrototype(at); at = Object.getPrototypeOf(at)) yield at
}

function faultOf(service: unknown): string | undefined {
  if (typeof service === 'function')
    return `\`${cut(nameOfFunction(service))}\` is a function itself: give an object that holds it, or an instance of the class`
  if (typeof service !== 'object' || service === null) return `it was given \`${shown(service)}\``
  try {
    return faultOfObject(service)
  } catch {
    return `it was given \`${shown(service)}\`, which cannot be looked into`
  }
}

/** @throws What a trap of a Proxy throws. */
function faultOfObject(service: object): string | undefined {
  if (Array.isArray(service)) return 'it was given an array'
  const never = neverCalled(service)
  if (never !== undefined) {
    return `\`${cut(never)}\` of this one could never be called, for a service is asked for that by \`await\`, loggers or snapshots; give it another name`
  }
  return callableNames(service).length === 0 ? 'this object has no function that may be called' : undefined
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function'
}
