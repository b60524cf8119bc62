import { types } from 'node:util'
import { threadId } from 'node:worker_threads'
import { withoutOurFrames } from '../protocol/frames.js'

/** Where in the application's code this package was called: the thread's stack without the part that is ours. */
export class CallSite {
  /** Formatted when it is first read, which is what costs. */
  declare readonly stack: string

  /** @param boundary - The function of this package that the application called. */
  constructor(boundary: (...args: never[]) => unknown) {
    Error.captureStackTrace(this, boundary)
  }

  get frames(): string {
    // The first line is a heading, as of an error.
    return withoutOurFrames(this.stack.slice(this.stack.indexOf('\n') + 1))
  }
}

/**
 * Has an error that came from the reactor show both stacks: where it arose, and below that where this thread learned of
 * it. The error is changed, so it must be a copy.
 *
 * @param name - The called function.
 */
export function showBothStacks(thrown: unknown, name: string, { frames }: CallSite): unknown {
  if (!types.isNativeError(thrown)) return thrown
  return withStack(thrown, `${thrown.stack}\n    ---- ${name}, called by thread ${threadId} ----\n${frames}`)
}

/** Has an error that was made here show where the application's code is, and not where ours made it. */
export function showSite(error: Error, { frames }: CallSite): Error {
  return withStack(error, `${error.name}: ${error.message}\n${frames}`)
}

function withStack(error: Error, stack: string): Error {
  return Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
}
