import { known } from './error-classes.js'
import { readProperty } from './reading.js'
import type { EncodedThrown, ErrorPart, ListPart, Property, RecordPart } from './thrown-parts.js'

type FilledPart = ErrorPart | ListPart | RecordPart

/** Builds the thrown thing; a fresh copy at each call. Never throws, whatever the classes of this side are like. */
export function decodeThrown({ parts }: EncodedThrown): unknown {
  const unfilled: { readonly made: object; readonly part: FilledPart }[] = []
  // All are made before any is filled, for they may have each other.
  const built = parts.map((part) => {
    if (part.type === 'value') return structuredClone(part.value)
    const made = makeEmpty(part)
    unfilled.push({ made, part })
    return made
  })
  for (const { made, part } of unfilled) fill(made, part, built)
  return built[0]
}

function makeEmpty(part: FilledPart): object {
  switch (part.type) {
    case 'error':
      return emptyError(part)
    case 'list':
      return Object.assign([], { length: part.length })
    case 'record':
      return {}
  }
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

function fill(made: object, part: FilledPart, built: readonly unknown[]): void {
  for (const { key, enumerable, part: at } of part.properties) define(made, decodeKey(key), built[at], enumerable)
  if (part.type !== 'error') return
  // Only now, for what its class says may depend on its properties.
  keepSaying(made, 'name', part.name)
  if (part.code !== undefined) keepSaying(made, 'code', built[part.code])
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
