import { cloneOf } from './cloneable.js'
import { known } from './error-classes.js'
import { readProperty } from './reading.js'
import { standIn } from './shown.js'
import type { EncodedThrown, ErrorPart, Part, Property, ValuePart } from './thrown-parts.js'

/** Builds the thrown thing; a fresh copy at each call. Never throws, whatever the classes of this side are like. */
export function decodeThrown({ parts }: EncodedThrown): unknown {
  // All are made before any is filled, for they may have each other.
  const fills: ((built: readonly unknown[]) => void)[] = []
  const built = parts.map((part) => {
    if (part.type === 'value') return copyOf(part)
    const { made, fill } = begin(part)
    fills.push(fill)
    return made
  })
  for (const fill of fills) fill(built)
  return built[0]
}

/** What has other parts within, as it is without them, and how they come into it. */
interface Begun {
  readonly made: object
  readonly fill: (built: readonly unknown[]) => void
}

function begin(part: Exclude<Part, ValuePart>): Begun {
  switch (part.type) {
    case 'error': {
      const made = emptyError(part)
      return { made, fill: (built) => fillError(made, part, built) }
    }
    case 'list': {
      const made: unknown[] = []
      return {
        made,
        fill: (built) => {
          defineAll(made, part.properties, built)
          lengthen(made, part.length)
        },
      }
    }
    case 'record': {
      const made = {}
      return { made, fill: (built) => defineAll(made, part.properties, built) }
    }
    case 'map': {
      const made = new Map<unknown, unknown>()
      return {
        made,
        fill: (built) => {
          for (const [key, value] of part.entries) made.set(built[key], built[value])
        },
      }
    }
    case 'set': {
      const made = new Set<unknown>()
      return {
        made,
        fill: (built) => {
          for (const member of part.members) made.add(built[member])
        },
      }
    }
  }
}

/** A text, if there is no other copy: of a MessagePort that was transferred, for one. */
function copyOf({ value }: ValuePart): unknown {
  if (typeof value !== 'object' || value === null) return value
  const clone = cloneOf(value)
  return clone === undefined ? standIn(value) : clone.value
}

/** By a last item that is gone again: to set the length would take the memory for all of it, up to 256 MB. */
function lengthen(list: unknown[], length: number): void {
  if (list.length >= length) return
  list[length - 1] = undefined
  delete list[length - 1]
}

function emptyError({ classes, name, message, stack }: ErrorPart): Error {
  const nearest = classes.map(known).find((one) => one !== undefined) ?? Error
  // Name and code of a DOMException are in slots that only its own constructor fills.
  const isDOMException = nearest === DOMException || nearest.prototype instanceof DOMException
  const error = withoutStack(() => (isDOMException ? new DOMException(message, name) : new Error(message)))
  // To define it in place of the one of here would have that formatted: slow, and with code of the application.
  error.stack = stack
  define(error, 'stack', stack, false)
  return Object.setPrototypeOf(error, nearest.prototype)
}

/** Makes an error without looking where that is, which would take as long as all the rest. */
function withoutStack(make: () => Error): Error {
  const { stackTraceLimit } = Error
  // By Reflect, for the application may have frozen `Error`; then it takes as long as it takes.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

function fillError(made: object, { properties, name, code }: ErrorPart, built: readonly unknown[]): void {
  defineAll(made, properties, built)
  // Only now, for what its class says may depend on its properties.
  keepSaying(made, 'name', name)
  if (code !== undefined) keepSaying(made, 'code', built[code])
}

function defineAll(owner: object, properties: readonly Property[], built: readonly unknown[]): void {
  for (const { key, enumerable, part } of properties) define(owner, decodeKey(key), built[part], enumerable)
}

/** Has an error of its own what its class said on the other side, if its class doesn't say it here. */
function keepSaying(error: object, key: string, said: unknown): void {
  if (!Object.hasOwn(error, key) && readProperty(error, key) !== said) define(error, key, said, false)
}

/** Calls no setter of its class, and lets it be changed and deleted. */
function define(owner: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(owner, key, { value, enumerable, configurable: true, writable: true })
}

function decodeKey(key: Property['key']): PropertyKey {
  return typeof key === 'string' ? key : Symbol.for(key.registered)
}
