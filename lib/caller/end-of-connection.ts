import { threadId } from 'node:worker_threads'
import { NotAttachedError, ReactorStopped } from '../errors.js'
import { Phase } from '../protocol/memory/phase.js'

/** Makes the error with which a call ends: each time another copy, so that each wait throws its own. */
export type CopyOfError = () => Error

/**
 * How calls end that are unfinished in this phase; `undefined` if they may still have an outcome.
 *
 * @param connectTimeout - In ms; how long the thread asked for a reactor, if it gave up.
 */
export function endOfConnection(phase: Phase, connectTimeout: number): CopyOfError | undefined {
  switch (phase) {
    case Phase.ASKED:
    case Phase.ATTACHED:
    case Phase.CLOSING:
      return undefined
    case Phase.STOPPED:
    case Phase.GONE:
    case Phase.RELEASED:
    case Phase.REPLACED:
      return () => new ReactorStopped('The reactor has stopped, so the call has no outcome')
    case Phase.ORPHANED:
      return () =>
        new ReactorStopped(
          "The reactor's thread has ended by itself, so the call has no outcome: an exception is in the log; if there is none, it called process.exit(), ran out of memory, or could not start",
        )
    case Phase.DETACHED:
      return () =>
        new NotAttachedError(`Thread ${threadId} was detached from its reactor before the call had an outcome`)
    case Phase.ABANDONED:
      return () =>
        new NotAttachedError(
          `No reactor accepted thread ${threadId} within ${connectTimeout} ms, or before it called setup(); make its pool with \`reactor.createPool()\`, ` +
            'or call `reactor.attach(pool)` or `reactor.attach(worker)` right after making it',
        )
  }
}

/** How a call ends that is made in this phase; as `endOfConnection`, but a reactor about to stop takes no new calls. */
export function refusalOfConnection(phase: Phase, connectTimeout: number): CopyOfError | undefined {
  if (phase !== Phase.CLOSING) return endOfConnection(phase, connectTimeout)
  return () => new ReactorStopped('The reactor is stopping, and takes no new calls')
}
