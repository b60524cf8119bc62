import { threadId } from 'node:worker_threads'
import { withoutOurFrames } from '../protocol/frames.js'
import { isError, readProperty } from '../protocol/reading.js'

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
export function showBothStacks(thrown: unknown, name: string, { frames }: CallSite): unknown {
  if (!isError(thrown)) return thrown
  return withStack(thrown, [`${thrown.stack}`, `    ---- ${name}, called by thread ${threadId} ----`, ...frames])
}

/** Has an error that was made here show where the application's code is, and not where ours made it. */
export function showSite(error: Error, { frames }: CallSite): Error {
  return withStack(error, [`${error.name}: ${error.message}`, ...frames])
}

function withStack(error: Error, lines: readonly string[]): Error {
  return Object.defineProperty(error, 'stack', { value: lines.join('\n'), configurable: true, writable: true })
}
