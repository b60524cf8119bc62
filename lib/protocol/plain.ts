import { types } from 'node:util'
import type { Wire } from './wire.js'

/** Characters of the text, about; of more it pays to have Node copy them. */
const MOST_CHARACTERS = 4_096
/** Elements and properties, of all that is in it: to look at each of more takes longer than to copy them. */
const MOST_FIELDS = 64

/**
 * A message as text that reads back as just what a structured clone of it would be; `undefined` for one that may not, or is
 * so large that another way is faster.
 */
export function plainText(message: Wire): string | undefined {
  if ('toJSON' in message) return undefined
  const look = new Look()
  for (const field of message) if (!look.isPlain(field)) return undefined
  return JSON.stringify(message)
}

/** Looks through a message. Nothing that it does can be seen from outside: no getter or trap is called. */
class Look {
  #charactersLeft = MOST_CHARACTERS
  #fieldsLeft = MOST_FIELDS
  readonly #objects: object[] = []

  isPlain(value: unknown): boolean {
    switch (typeof value) {
      case 'string':
        this.#charactersLeft -= value.length
        return this.#charactersLeft >= 0
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
      case 'boolean':
        return true
      case 'object':
        return value === null || this.#isPlainObject(value)
      default:
        return false
    }
  }

  #isPlainObject(object: object): boolean {
    // One that is there twice would become two.
    if (types.isProxy(object) || this.#objects.includes(object)) return false
    if ('toJSON' in object || Symbol.toStringTag in object) return false
    this.#objects.push(object)
    const keys = Object.keys(object)
    this.#fieldsLeft -= keys.length
    if (this.#fieldsLeft < 0 || !(isPlainList(object, keys) || isPlainRecord(object))) return false
    return keys.every((key) => {
      const property = Object.getOwnPropertyDescriptor(object, key)
      return property !== undefined && 'value' in property && this.isPlain(key) && this.isPlain(property.value)
    })
  }
}

function isPlainRecord(object: object): boolean {
  // An `arguments` object, or an Error, may have that prototype too.
  return (
    Object.getPrototypeOf(object) === Object.prototype &&
    String(Reflect.apply(Object.prototype.toString, object, [])) === '[object Object]'
  )
}

/** Without holes, and other properties: those would come last. */
function isPlainList(object: object, keys: readonly string[]): boolean {
  if (!Array.isArray(object) || Object.getPrototypeOf(object) !== Array.prototype) return false
  const { length } = object
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))
}
