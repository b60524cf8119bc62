/**
 * Values as text, for messages and log lines of ours. What is shown may be anything, a stranger's message too. So nothing is
 * thrown out of here, whatever a value's own code does; texts are cut before anything else looks at them; and an object is not
 * looked through, for even to list a million keys takes a second.
 *
 * @module
 */
import { inspect, types } from 'node:util'

/** Characters of a text that was given as a value. */
const MOST_OF_VALUE = 200
/** Characters of a name, a URL or a reason. */
const MOST_OF_TEXT = 1_000
/** Characters of what stands in place of a value. */
const MOST_OF_STAND_IN = 10_000
/** Keys, or elements, of what is looked through to stand in its place. */
const MOST_KEYS = 200
/** Larger numbers aren't written out, which takes the longer the larger they are. */
const LARGEST_BIGINT = 10n ** 30n
/** Classes above an object's own in which a name is looked for. */
const MOST_CLASSES = 10

/** The text, or its beginning and how much is left out. */
export function cut(text: string, most = MOST_OF_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`
}

/**
 * What a value is, in few words: `'text'` with its quotes, `5`, `[Object]`, `[Array(3)]`, `[Function: name]`. None of the
 * value's own code is run.
 */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, MOST_OF_VALUE)
    case 'bigint':
      return value > LARGEST_BIGINT || value < -LARGEST_BIGINT ? '[a bigint of more than 30 digits]' : `${value}n`
    case 'symbol':
      return `Symbol(${cut(value.description ?? '', MOST_OF_VALUE)})`
    case 'function':
      return types.isProxy(value) ? '[Proxy]' : shownFunction(value)
    case 'object':
      return value === null ? 'null' : shownObject(value)
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}

/**
 * A text that stands in place of a value where that can't be: as Node shows it, and so by its class's own method for that, if
 * it has one; or as `shown` if there is too much of it.
 */
export function standIn(value: unknown): string {
  if (typeof value === 'string') return quoted(value, MOST_OF_STAND_IN)
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return shown(value)
  try {
    const stack = types.isNativeError(value) ? value.stack : undefined
    if (typeof stack === 'string' && stack.length > MOST_OF_STAND_IN) return cut(stack, MOST_OF_STAND_IN)
    if (isTooMuch(value)) return shown(value)
    // Of a Proxy nothing may be asked but by its own code; Node looks behind it.
    const depth = types.isProxy(value) ? -1 : 0
    return cut(
      inspect(value, {
        depth,
        breakLength: Number.POSITIVE_INFINITY,
        maxArrayLength: MOST_KEYS,
        maxStringLength: MOST_OF_TEXT,
      }),
      MOST_OF_STAND_IN,
    )
  } catch {
    return shown(value)
  }
}

/** A function's name; empty if it has none that is a text. */
export function nameOfFunction(fn: object): string {
  const name = ownData(fn, 'name')
  return typeof name === 'string' ? name : ''
}

function quoted(text: string, most: number): string {
  const shownPart = inspect(text.slice(0, most), { breakLength: Number.POSITIVE_INFINITY })
  return text.length <= most ? shownPart : `${shownPart}… (${text.length - most} more characters)`
}

function shownFunction(fn: object): string {
  // Only classes, and the language's own, have a prototype that stays.
  const isClass = Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false
  const name = cut(nameOfFunction(fn), MOST_OF_VALUE)
  if (name === '') return isClass ? '[class (anonymous)]' : '[Function (anonymous)]'
  return isClass ? `[class ${name}]` : `[Function: ${name}]`
}

function shownObject(object: object): string {
  if (types.isProxy(object)) return '[Proxy]'
  const name = classOf(object)
  if (Array.isArray(object)) return `[${name}(${object.length})]`
  const message = types.isNativeError(object) ? ownData(object, 'message') : undefined
  return typeof message === 'string' ? `[${name}: ${cut(message, MOST_OF_VALUE)}]` : `[${name}]`
}

/** The name of the nearest class that has one. */
function classOf(object: object): string {
  let at: object | null = Object.getPrototypeOf(object)
  if (at === null) return 'Object: null prototype'
  for (let left = MOST_CLASSES; left > 0 && at !== null && !types.isProxy(at); left -= 1) {
    const maker = ownData(at, 'constructor')
    const name = typeof maker === 'function' ? nameOfFunction(maker) : ''
    if (name !== '') return cut(name, MOST_OF_VALUE)
    at = Object.getPrototypeOf(at)
  }
  return 'Object'
}

/** An own property that no code of the application gives. */
function ownData(owner: object, key: string): unknown {
  return types.isProxy(owner) ? undefined : Object.getOwnPropertyDescriptor(owner, key)?.value
}

function isTooMuch(value: object): boolean {
  if (types.isProxy(value) || ArrayBuffer.isView(value)) return false
  // Of these each character is a key.
  if (types.isBoxedPrimitive(value)) return true
  if (Array.isArray(value) && value.length > MOST_KEYS) return true
  const keys = Object.keys(value)
  return keys.length > MOST_KEYS || keys.some((key) => key.length > MOST_OF_TEXT)
}
