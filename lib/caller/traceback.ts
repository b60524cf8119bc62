import { threadId } from 'node:worker_threads'
import { withoutOurFrames } from '../protocol/frames.js'
import { readProperty } from '../protocol/reading.js'
import { isError } from '../protocol/realms.js'

/** Where in the application's code this package was called: the thread's stack without the part that is ours. */
export class CallSite {
  /** @param boundary - The function of this package that the application called. */
  constructor(boundary: (...args: never[]) => unknown) {
    Error.captureStackTrace(this, boundary)
  }

  /** None, if the application has set `Error.stackTraceLimit` or `Error.prepareStackTrace` so. */
  get frames(): readonly string[] {
    // Formatted now, which is what costs, and may be done by the application.
    const stack = readProperty(this, 'stack')
    if (typeof stack !== 'string') return []
    // The first line is a heading, as of an error.
    return withoutOurFrames(stack).split('\n').slice(1)
  }
}

/**
 * Has an error that came from the reactor show both stacks: where it arose, and below that where this thread learned of
 * it. The error is changed, so it must be a copy.
 *
 * @param name - The called function.
 */
export function showBothStacks(thrown: unknown, name: string, site: CallSite): unknown {
  if (!isError(thrown)) return thrown
  const { stack, message } = thrown
  // As of any error, the heading is as it reads when it is first looked at: some add to a message what they know.
  const current = (): string => (message === '' ? `${stack}` : `${stack}`.replace(message, () => thrown.message))
  return withStack(thrown, () => [current(), `    ---- ${name}, called by thread ${threadId} ----`, ...site.frames])
}

/** Has an error that was made here show where the application's code is, and not where ours made it. */
export function showSite(error: Error, site: CallSite): Error {
  return withStack(error, () => [`${error.name}: ${error.message}`, ...site.frames])
}

/** The stack is put together when it is first read: that costs as much as all the rest, and most are never looked at. */
function withStack(error: Error, lines: () => readonly string[]): Error {
  const keep = (value: unknown): void => {
    Object.defineProperty(error, 'stack', { value, configurable: true, writable: true })
  }
  const get = (): string => {
    const stack = lines().join('\n')
    keep(stack)
    return stack
  }
  return Object.defineProperty(error, 'stack', { get, set: keep, configurable: true })
}
