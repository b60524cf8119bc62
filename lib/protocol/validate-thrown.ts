import type { EncodedThrown } from './thrown-parts.js'

type Test = (value: unknown) => boolean

/**
 * Whether it is what `encodeThrown` gives, so that `decodeThrown` can build it. Looks at all of it: who can post on our
 * port can post what they like, and nothing of that may fail where it is built.
 */
export function isEncodedThrown(value: unknown): value is EncodedThrown {
  if (!isObject(value) || !Array.isArray(value.parts)) return false
  const count = value.parts.length
  const isIndex: Test = (index) => Number.isInteger(index) && Number(index) >= 0 && Number(index) < count
  return count > 0 && isListOf(value.parts, (part) => isPart(part, isIndex))
}

/** Whether it is an array of such items. Ends at the first hole, for an array of 2 ** 32 of them can be posted too. */
export function isListOf(value: unknown, isItem: Test): boolean {
  if (!Array.isArray(value)) return false
  for (const item of value) if (!isItem(item)) return false
  return true
}

function isPart(part: unknown, isIndex: Test): boolean {
  if (!isObject(part)) return false
  const { type, properties } = part
  switch (type) {
    case 'error':
      return isErrorsOwn(part, isIndex) && isListOf(properties, (property) => isProperty(property, isIndex))
    case 'list':
      // An array's `length` is no property among others: it refuses most values.
      return isLength(part.length) && isListOf(properties, (one) => isProperty(one, isIndex) && !isNamed(one, 'length'))
    case 'record':
      return isListOf(properties, (property) => isProperty(property, isIndex))
    case 'map':
      return isListOf(part.entries, (entry) => isListOf(entry, isIndex) && Object(entry).length === 2)
    case 'set':
      return isListOf(part.members, isIndex)
    default:
      return type === 'value'
  }
}

function isErrorsOwn({ classes, message, stack, name, code }: Fields, isIndex: Test): boolean {
  const areTexts = isText(message) && isText(stack) && isText(name)
  return areTexts && isListOf(classes, isText) && (code === undefined || isIndex(code))
}

function isProperty(property: unknown, isIndex: Test): boolean {
  if (!isObject(property) || typeof property.enumerable !== 'boolean' || !isIndex(property.part)) return false
  const { key } = property
  return isText(key) || (isObject(key) && isText(key.registered))
}

function isNamed(property: unknown, key: string): boolean {
  return isObject(property) && property.key === key
}

/** Whether an array can have it. */
export function isLength(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

interface Fields {
  readonly [key: string]: unknown
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
