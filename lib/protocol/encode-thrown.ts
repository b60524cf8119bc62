import { cloneOf } from './cloneable.js'
import { nameOfClass } from './error-classes.js'
import { withoutOurFrames } from './frames.js'
import { isError, readProperty, readText, standIn } from './reading.js'
import type { EncodedThrown, ErrorPart, Part, Property } from './thrown-parts.js'

/** Objects beyond these are shown as texts, and not taken apart: a getter may make another one each time, for ever. */
const MOST_PARTS = 2 ** 18

/** Has a value become a part; returns its index. */
type Place = (value: unknown) => number

/**
 * Takes a thrown thing apart. Never throws, whatever it is given; and what it gives can be posted, since every value in it
 * is a clone already: getters and Proxies, which may answer differently each time, were asked for good.
 */
export function encodeThrown(thrown: unknown): EncodedThrown {
  const values: unknown[] = []
  const indexes = new Map<unknown, number>()
  const place = (value: unknown): number => {
    const isObject = typeof value === 'object' && value !== null
    const known = isObject ? indexes.get(value) : undefined
    if (known !== undefined) return known
    const index = values.push(value) - 1
    if (isObject) indexes.set(value, index)
    return index
  }

  place(thrown)
  const parts: Part[] = []
  // Values come behind those that have them, however deep they are: a chain of causes may be longer than the stack allows.
  for (const value of values) parts.push(parts.length < MOST_PARTS ? partOf(value, place) : shown(value))
  return { parts }
}

function partOf(value: unknown, place: Place): Part {
  try {
    if (isError(value)) return errorPart(value, place)
    if (Array.isArray(value)) return { type: 'list', length: value.length, properties: dataOf(value, place) }
    if (isPlain(value)) return { type: 'record', properties: dataOf(value, place) }
  } catch {
    return shown(value) // a Proxy's trap threw
  }
  const clone = cloneOf(value)
  // Of an instance of a class it keeps at most its own properties; a `URL`, for one, has none.
  const isLost = clone === undefined || (isPlain(clone.value) && Object.keys(clone.value).length === 0)
  return isLost ? shown(value) : { type: 'value', value: clone.value }
}

function errorPart(error: Error, place: Place): ErrorPart {
  const code = Object.hasOwn(error, 'code') ? undefined : readProperty(error, 'code')
  return {
    type: 'error',
    classes: knownClasses(error),
    message: readText(error, 'message'),
    stack: withoutOurFrames(readText(error, 'stack')),
    name: readText(error, 'name'),
    code: code === undefined ? undefined : place(code),
    properties: Reflect.ownKeys(error)
      .filter((key) => key !== 'message' && key !== 'stack')
      .map((key) => ({
        key: encodeKey(key),
        enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
        part: place(readProperty(error, key)),
      })),
  }
}

/** What structured clone takes of a plain object or an array. */
function dataOf(owner: object, place: Place): Property[] {
  return Object.keys(owner).map((key) => ({ key, enumerable: true, part: place(readProperty(owner, key)) }))
}

function shown(value: unknown): Part {
  const isObject = typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol'
  return { type: 'value', value: isObject && value !== null ? standIn(value) : value }
}

/** Whether it is an object of no class but `Object`, be it another realm's. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function knownClasses(error: Error): string[] {
  const names: string[] = []
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name = nameOfClass(at)
    if (name !== undefined) names.push(name)
  }
  return names
}

function encodeKey(key: PropertyKey): Property['key'] {
  if (typeof key !== 'symbol') return String(key)
  const registered = Symbol.keyFor(key)
  return registered === undefined ? String(key) : { registered }
}
