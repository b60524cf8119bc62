/**
 * Reading what may be anything: its getters and a Proxy's traps may throw, and its class may show it in its own way.
 *
 * @module
 */
import { withoutOurFrames } from './frames.js'
import { isError } from './realms.js'
import { cut, standIn } from './shown.js'

/** In characters: those of compilers have several lines. */
const LONGEST_MESSAGE = 10_000

/** The property; if its getter throws, a text that says so. */
export function readProperty(owner: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(owner, key)
  } catch (thrown) {
    return `[getter threw: ${withoutOurFrames(standIn(thrown))}]`
  }
}

/** The property of whatever was given; `undefined` if it can't be read. */
export function propertyOf(given: unknown, key: PropertyKey): unknown {
  try {
    return given === undefined || given === null ? undefined : Reflect.get(Object(given), key)
  } catch {
    return undefined
  }
}

export function readText(error: Error, key: 'name' | 'message' | 'stack'): string {
  const text = readProperty(error, key)
  return typeof text === 'string' ? text : standIn(text)
}

/** What a thrown thing says, for another error's message. */
export function messageOf(thrown: unknown): string {
  return cut(isError(thrown) ? readText(thrown, 'message') : standIn(thrown), LONGEST_MESSAGE)
}
