/**
 * Reading what may be anything: its getters and a Proxy's traps may throw, and its class may show it in its own way.
 *
 * @module
 */
import { inspect } from 'node:util'
import { withoutOurFrames } from './frames.js'
import { isError } from './realms.js'

/** The property; if its getter throws, a text that says so. */
export function readProperty(owner: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(owner, key)
  } catch (thrown) {
    return `[getter threw: ${withoutOurFrames(standIn(thrown))}]`
  }
}

export function readText(error: Error, key: 'name' | 'message' | 'stack'): string {
  const text = readProperty(error, key)
  return typeof text === 'string' ? text : standIn(text)
}

/** What a thrown thing says, for another error's message. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? readText(thrown, 'message') : standIn(thrown)
}

/** A text that is shown in place of a value. */
export function standIn(value: unknown): string {
  try {
    return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return `[${typeof value}]`
  }
}
