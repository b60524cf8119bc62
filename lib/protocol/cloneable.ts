import { types } from 'node:util'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

import { cut } from './shown.js'

/** Whether structured clone takes a value. Transferables count as not cloneable: they want `move`. */
export function isCloneable(value: unknown): boolean {
  return cloneOf(value) !== undefined
}

/** A structured clone of the value; `undefined` if there is none. */
export function cloneOf<T>(value: T): { readonly value: T } | undefined {
  try {
    return { value: clone(value) }
  } catch {
    return undefined
  }
}

/** A realm of a DOM environment may lack the global function. Posting does the same, in some more time. */
const clone: <T>(value: T) => T = typeof structuredClone === 'function' ? structuredClone : posted

function posted<T>(value: T): T {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value)
    // It was posted, or else that has thrown.
    return receiveMessageOnPort(port2)?.message
  } finally {
    port1.close()
  }
}

/** Deeper parts are not named; each level costs a clone of all below it. */
const MOST_LEVELS = 16

/**
 * Where in a value the first part is that cannot be cloned, and what it is: `.headers.get (a function)`.
 * For an error's message, once something failed: it is not cheap, but it never throws, whatever it looks at.
 */
export function whereNotCloneable(value: unknown): string {
  try {
    const { path, part } = uncloneable(value, MOST_LEVELS)
    return `\`value${cut(path)}\` (${cut(nameOf(part))})`
  } catch {
    // A Proxy that does not let itself be looked at.
    return 'something that cannot be looked into'
  }
}

function uncloneable(value: unknown, levels: number): { path: string; part: unknown } {
  for (const [step, part] of levels > 0 ? partsOf(value) : []) {
    if (isCloneable(part)) continue
    const below = uncloneable(part, levels - 1)
    return { path: step + below.path, part: below.part }
  }
  return { path: '', part: value }
}

/** Structured clone goes into own enumerable properties, and into the entries of Maps and Sets. */
function* partsOf(value: unknown): Iterable<[step: string, part: unknown]> {
  if (typeof value !== 'object' || value === null) return
  if (types.isMap(value)) {
    let index = 0
    for (const [key, part] of value) {
      yield [`.keys()[${index}]`, key]
      yield [`.values()[${index++}]`, part]
    }
  } else if (types.isSet(value)) {
    yield* [...value].map((part, index): [string, unknown] => [`.values()[${index}]`, part])
  } else {
    for (const key of Object.keys(value)) yield [accessor(value, key), read(value, key)]
  }
}

function accessor(owner: object, key: string): string {
  if (Array.isArray(owner)) return `[${key}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function read(owner: object, key: string): unknown {
  try {
    return Reflect.get(owner, key)
  } catch {
    // The getter's own error is what `structuredClone` throws; that it is there at all is what is told here.
    return Symbol('a getter that throws')
  }
}

function nameOf(part: unknown): string {
  switch (typeof part) {
    case 'function':
      return typeof part.name === 'string' && part.name !== '' ? `the function \`${part.name}\`` : 'a function'
    case 'symbol':
      return String(part)
    default:
      return `a ${Object.prototype.toString.call(part).slice('[object '.length, -1)}`
  }
}
