/**
 * How a thrown thing crosses threads. Structured clone alone loses an error's class, `code` and own properties, an
 * `AggregateError`'s `errors` and the whole of a `DOMException`; and one property that cannot be cloned loses all.
 * So an error crosses as a table of its parts, and is built again on the other side.
 *
 * @module
 */
import { inspect, types } from 'node:util'
import * as ownErrors from '../errors.js'
import { cloneOf } from './cloneable.js'

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
  /** Name of the nearest class that both sides know. */
  readonly class: string
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly properties: readonly Property[]
}
interface ValuePart {
  readonly type: 'value'
  readonly value: unknown
}
interface Property {
  readonly key: string
  readonly enumerable: boolean
  readonly part: number
}

type ErrorClass = { readonly name: string; readonly prototype: Error }

const BUILT_IN: readonly ErrorClass[] = [
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError],
]
const KNOWN = new Map([...BUILT_IN, DOMException, ...Object.values(ownErrors)].map((known) => [known.name, known]))

/** These cross as parts of their own, not as properties. */
const OWN_PARTS = new Set(['name', 'message', 'stack'])

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
    class: nearestKnownClass(error),
    name: readText(error, 'name'),
    message: readText(error, 'message'),
    stack: readText(error, 'stack'),
    properties: [...ownKeys(error), ...inheritedCode(error)].map((key) => ({
      key,
      enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
      part: add(readProperty(error, key)),
    })),
  })

  add(thrown)
  return { parts }
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
          Object.defineProperty(error, key, { value: build(at), enumerable, configurable: true, writable: true })
        }
        return error
      }
    }
  }

  return build(0)
}

/** The error without its properties; those may lead back to it. */
function emptyError({ class: className, name, message, stack }: ErrorPart): Error {
  // Name and code of a DOMException are in slots that only its own constructor fills.
  const error: Error = className === DOMException.name ? new DOMException(message, name) : new Error(message)
  if (!(error instanceof DOMException)) {
    Object.setPrototypeOf(error, (KNOWN.get(className) ?? Error).prototype)
    if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  }
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

function nearestKnownClass(error: Error): string {
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, 'constructor')) continue
    const name: unknown = at.constructor?.name
    // Built-ins by name, for the error may come from another realm (`node:vm`), where `TypeError` is another object.
    // Ours by identity: the application may well have a `TimeoutError` of its own.
    const known = [...KNOWN.values()].find((one) => one.prototype === at) ?? BUILT_IN.find((one) => one.name === name)
    if (known !== undefined) return known.name
  }
  return Error.name
}

/** A class that the other side does not know may say its code on its prototype: then the copy needs it as its own. */
function inheritedCode(error: Error): readonly string[] {
  if (Object.hasOwn(error, 'code') || error instanceof DOMException) return []
  const code = readProperty(error, 'code')
  const prototype = KNOWN.get(nearestKnownClass(error))?.prototype
  return code === undefined || code === (prototype && Reflect.get(prototype, 'code')) ? [] : ['code']
}

function ownKeys(error: Error): string[] {
  return Object.getOwnPropertyNames(error).filter((key) => !OWN_PARTS.has(key))
}

/** What a thrown thing says, for another error's message. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? readText(thrown, 'message') : standIn(thrown)
}

function readProperty(error: Error, key: string): unknown {
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
