/**
 * How a thrown thing crosses threads. Structured clone alone loses an error's class, `code` and own properties, an
 * `AggregateError`'s `errors` and the whole of a `DOMException`; and one property that cannot be cloned loses all.
 * So an error crosses as a table of its parts, and is built again on the other side.
 *
 * @module
 */
import { inspect, types } from 'node:util'
import { cloneOf } from './cloneable.js'
import { known, nameOfClass } from './error-classes.js'
import { withoutOurFrames } from './frames.js'

/** A table of parts; the thrown thing is the first. Parts refer to each other by index, so causes may be circular. */
export interface EncodedThrown {
  readonly parts: readonly Part[]
}

/** Looks no further than is needed not to stumble: who can post on our port can throw what they like. */
export function isEncodedThrown(value: unknown): value is EncodedThrown {
  return typeof value === 'object' && value !== null && 'parts' in value && Array.isArray(value.parts)
}

type Part = ErrorPart | { readonly type: 'list'; readonly items: readonly number[] } | ValuePart
interface ErrorPart {
  readonly type: 'error'
  /** Names of the classes that this side knows, the nearest first: the other side takes the first that it knows too. */
  readonly classes: readonly string[]
  readonly name: string
  readonly message: string
  readonly stack: string
  /** What its class says, be it that the other side's doesn't. */
  readonly code: number | undefined
  readonly properties: readonly Property[]
}
interface ValuePart {
  readonly type: 'value'
  readonly value: unknown
}
interface Property {
  /** Symbols don't cross: a registered one is named, and any other becomes the text that it is shown as. */
  readonly key: string | { readonly registered: string }
  readonly enumerable: boolean
  readonly part: number
}

/** These cross as parts of their own, not as properties. */
const OWN_PARTS = new Set<PropertyKey>(['name', 'message', 'stack'])

/**
 * Reactor: takes a thrown thing apart. Never throws, whatever it is given; and what it gives can be posted, since every
 * value in it is a clone already: getters and Proxies, which may answer differently each time, were asked for good.
 */
export function encodeThrown(thrown: unknown): EncodedThrown {
  const parts: Part[] = []
  const indexes = new Map<object, number>()

  const add = (value: unknown): number => {
    const isObject = typeof value === 'object' && value !== null
    const known = isObject ? indexes.get(value) : undefined
    if (known !== undefined) return known
    const index = parts.length
    // The place is taken before the parts below it are looked at: a cause that leads back here finds it.
    parts.push({ type: 'value', value: undefined })
    if (isObject) indexes.set(value, index)
    parts[index] = partOf(value)
    return index
  }

  const partOf = (value: unknown): Part => {
    try {
      if (isError(value)) return errorPart(value)
      const list = Array.isArray(value) ? value : undefined
      if (list?.some(isError)) return { type: 'list', items: list.map(add) }
      const clone = cloneOf(value)
      if (clone !== undefined) return { type: 'value', value: clone.value }
      // Something in it cannot be cloned; the rest can.
      if (list !== undefined) return { type: 'list', items: list.map(add) }
    } catch {
      // A getter or a Proxy's trap threw: the stand-in below says what it was as well as can be told.
    }
    return { type: 'value', value: standIn(value) }
  }

  const errorPart = (error: Error): ErrorPart => ({
    type: 'error',
    classes: knownClasses(error),
    name: readText(error, 'name'),
    message: readText(error, 'message'),
    stack: withoutOurFrames(readText(error, 'stack')),
    code: hasInheritedCode(error) ? add(readProperty(error, 'code')) : undefined,
    properties: ownKeys(error).map((key) => ({
      key: encodeKey(key),
      enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
      part: add(readProperty(error, key)),
    })),
  })

  add(thrown)
  return { parts }
}

/** Whether it is an error of that class, one of this package's. */
export function isOf(errorClass: { readonly name: string }, { parts: [thrown] }: EncodedThrown): boolean {
  return thrown?.type === 'error' && thrown.classes[0] === errorClass.name
}

/** Calling thread: builds the thrown thing; a fresh copy at each call. */
export function decodeThrown(encoded: EncodedThrown): unknown {
  const built = new Map<number, unknown>()

  const build = (index: number): unknown => {
    if (built.has(index)) return built.get(index)
    const part = encoded.parts[index]
    if (part === undefined) return undefined
    switch (part.type) {
      case 'value':
        return structuredClone(part.value)
      case 'list': {
        const items: unknown[] = []
        built.set(index, items)
        items.push(...part.items.map(build))
        return items
      }
      case 'error': {
        const error = emptyError(part)
        built.set(index, error)
        for (const { key, enumerable, part: at } of part.properties) {
          const name = typeof key === 'string' ? key : Symbol.for(key.registered)
          Object.defineProperty(error, name, { value: build(at), enumerable, configurable: true, writable: true })
        }
        if (part.code !== undefined && !('code' in error)) {
          Object.defineProperty(error, 'code', { value: build(part.code), configurable: true, writable: true })
        }
        return error
      }
    }
  }

  return build(0)
}

/** The error without its properties; those may lead back to it. */
function emptyError({ classes, name, message, stack }: ErrorPart): Error {
  const nearest = classes.map(known).find((one) => one !== undefined) ?? Error
  // Name and code of a DOMException are in slots that only its own constructor fills.
  const error: Error = nearest === DOMException ? new DOMException(message, name) : new Error(message)
  if (!(error instanceof DOMException)) {
    Object.setPrototypeOf(error, nearest.prototype)
    if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  }
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

function knownClasses(error: Error): string[] {
  const names: string[] = []
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name = nameOfClass(at)
    if (name !== undefined) names.push(name)
  }
  return names
}

/** A class may say its code on its prototype; one that the other side does not know can't say it there. */
function hasInheritedCode(error: Error): boolean {
  if (Object.hasOwn(error, 'code') || error instanceof DOMException) return false
  return readProperty(error, 'code') !== undefined
}

function ownKeys(error: Error): PropertyKey[] {
  return Reflect.ownKeys(error).filter((key) => !OWN_PARTS.has(key))
}

function encodeKey(key: PropertyKey): Property['key'] {
  if (typeof key !== 'symbol') return String(key)
  const registered = Symbol.keyFor(key)
  return registered === undefined ? String(key) : { registered }
}

/** What a thrown thing says, for another error's message. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? readText(thrown, 'message') : standIn(thrown)
}

function readProperty(error: Error, key: PropertyKey): unknown {
  try {
    return Reflect.get(error, key)
  } catch (thrown) {
    return `[getter threw: ${standIn(thrown)}]`
  }
}

function readText(error: Error, key: 'name' | 'message' | 'stack'): string {
  const text = readProperty(error, key)
  return typeof text === 'string' ? text : standIn(text)
}

/** What is shown in place of a value that cannot cross. */
function standIn(value: unknown): string {
  try {
    return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return `[${typeof value}]`
  }
}
