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
    const isList = Array.isArray(object)
    // Before it is asked for anything else, for there may be a Proxy further up the chain.
    if (Object.getPrototypeOf(object) !== (isList ? Array.prototype : Object.prototype)) return false
    if ('toJSON' in object || Symbol.toStringTag in object) return false
    // Before the keys of a long list are made, which takes longer than to copy it.
    if (isList ? object.length > this.#fieldsLeft : !hasOnlyProperties(object)) return false
    this.#objects.push(object)
    const keys = Object.keys(object)
    this.#fieldsLeft -= keys.length
    if (this.#fieldsLeft < 0 || (isList && !areElements(keys, object.length))) return false
    return keys.every((key) => {
      const property = Object.getOwnPropertyDescriptor(object, key)
      return (
        property !== undefined && Object.hasOwn(property, 'value') && this.isPlain(key) && this.isPlain(property.value)
      )
    })
  }
}

/**
 * Whether there is no more to an object than what its prototype, `Object.prototype`, lets one expect: an `arguments` object
 * or an Error may have that too, or a Map whose prototype was set.
 *
 * What can be cloned is named here. Of what can't, a WeakRef whose prototype was set passes for `{}`: nobody can tell.
 */
function hasOnlyProperties(object: object): boolean {
  return (
    String(Reflect.apply(Object.prototype.toString, object, [])) === '[object Object]' &&
    !types.isMap(object) &&
    !types.isSet(object) &&
    !types.isAnyArrayBuffer(object) &&
    !ArrayBuffer.isView(object) &&
    !types.isBoxedPrimitive(object) &&
    !types.isPromise(object) &&
    !types.isWeakMap(object) &&
    !types.isWeakSet(object) &&
    !types.isGeneratorObject(object)
  )
}

/** Whether those of a list are there without holes, and without other properties: those would come last. */
function areElements(keys: readonly string[], length: number): boolean {
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))
}
