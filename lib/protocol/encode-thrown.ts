import { EventEmitter } from 'node:events'
import { types } from 'node:util'
import { cloneOf } from './cloneable.js'
import { nameOfClass } from './error-classes.js'
import { withoutOurFrames } from './frames.js'
import { readProperty, readText } from './reading.js'
import { isError, isEventTarget } from './realms.js'
import { standIn } from './shown.js'
import type { EncodedThrown, ErrorPart, ListPart, MapPart, Part, Property, SetPart } from './thrown-parts.js'
import { isLength } from './validate-thrown.js'

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
  for (const value of values) parts.push(parts.length < MOST_PARTS ? partOf(value, place) : asText(value))
  return { parts }
}

function partOf(value: unknown, place: Place): Part {
  try {
    if (isError(value)) return errorPart(value, place)
    if (Array.isArray(value)) return listPart(value, place)
    if (types.isMap(value)) return mapPart(value, place)
    if (types.isSet(value)) return setPart(value, place)
    if (isRecord(value)) return { type: 'record', properties: dataOf(value, place) }
    const clone = cloneOf(types.isArrayBufferView(value) ? withOwnBytes(value) : value)
    // Of an instance of a class without properties nothing is left; so of a `URL`, for one.
    const isLost = clone === undefined || isPlain(clone.value)
    return isLost ? asText(value) : { type: 'value', value: clone.value }
  } catch {
    return asText(value) // a Proxy's trap threw, or what a class has in place of a built-in
  }
}

function errorPart(error: Error, place: Place): ErrorPart {
  const code = Object.hasOwn(error, 'code') ? undefined : readProperty(error, 'code')
  return {
    type: 'error',
    classes: knownClasses(error),
    message: readText(error, 'message'),
    stack: withoutOurFrames(readText(error, 'stack')),
    name: readText(error, 'name'),
    ...(code === undefined ? {} : { code: place(code) }),
    properties: Reflect.ownKeys(error)
      .filter((key) => key !== 'message' && key !== 'stack')
      .map((key) => ({
        key: encodeKey(key),
        enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
        part: place(readProperty(error, key)),
      })),
  }
}

function listPart(list: readonly unknown[], place: Place): ListPart {
  // A Proxy of an array may say anything.
  const length = isLength(list.length) ? list.length : 0
  return { type: 'list', length, properties: dataOf(list, place) }
}

// Maps and Sets by the methods of here, for their class may have others in place of them.

function mapPart(map: ReadonlyMap<unknown, unknown>, place: Place): MapPart {
  const entries: (readonly [number, number])[] = []
  Map.prototype.forEach.call(map, (value, key) => entries.push([place(key), place(value)]))
  return { type: 'map', entries }
}

function setPart(set: ReadonlySet<unknown>, place: Place): SetPart {
  const members: number[] = []
  Set.prototype.forEach.call(set, (member) => members.push(place(member)))
  return { type: 'set', members }
}

/** What structured clone takes of a plain object, of an instance of a class or of an array. */
function dataOf(owner: object, place: Place): Property[] {
  return Object.keys(owner).map((key) => ({ key, enumerable: true, part: place(readProperty(owner, key)) }))
}

/** Of a buffer that others may share, as Node's small ones do, a clone would have the whole, and each view once more. */
function withOwnBytes(view: NodeJS.ArrayBufferView): unknown {
  const { buffer, byteOffset, byteLength } = view
  // What is shared between threads stays so.
  if (!types.isArrayBuffer(buffer) || byteLength === buffer.byteLength) return view
  if (types.isTypedArray(view)) return Reflect.apply(Uint8Array.prototype.slice, view, []) // works for each kind of them
  return new DataView(buffer.slice(byteOffset, byteOffset + byteLength))
}

function asText(value: unknown): Part {
  const isObject = typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol'
  return { type: 'value', value: isObject && value !== null ? standIn(value) : value }
}

/** Whether its own properties are all that structured clone takes of it, and are there for that. */
function isRecord(value: unknown): value is object {
  if (isPlain(value)) return true
  return (
    typeof value === 'object' && value !== null && Object.keys(value).length > 0 && !isWhole(value) && !isLive(value)
  )
}

/** Whether structured clone takes of it what it is, and no properties. Node's own that it takes so have none to be seen. */
function isWhole(value: object): boolean {
  const isBytes = types.isAnyArrayBuffer(value) || types.isArrayBufferView(value)
  return isBytes || types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value)
}

/** Sockets, timers and their like are no data; and what they have leads on to the whole application. */
function isLive(value: object): boolean {
  return value instanceof EventEmitter || isEventTarget(value) || 'unref' in value
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
