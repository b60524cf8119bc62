import { threadId } from 'node:worker_threads'
import { NotAttachedError, ReactorStopped } from '../errors.js'
import { Phase } from '../protocol/memory/phase.js'

/**
 * Makes the error with which a call ends: each time another copy, so that each wait throws its own.
 *
 * @param call - The function as messages name it.
 */
export type CopyOfError = (call: string) => Error

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
      return (call) =>
        new ReactorStopped(
          `The reactor has stopped, and interrupted ${call} before it had an outcome; \`grace\` of stop() is for calls to finish in`,
        )
    case Phase.ORPHANED:
      return (call) =>
        new ReactorStopped(
          `The reactor's thread has ended by itself, so ${call} has no outcome: an exception is in the log; if there is none, it called process.exit(), ran out of memory, or could not start`,
        )
    case Phase.TERMINATED:
      return (call) =>
        new ReactorStopped(
          `The reactor's thread was terminated, for its loop stood still while stop() waited for it, so ${call} has no outcome; functions that compute for long are for a pool`,
        )
    case Phase.DETACHED:
      return (call) =>
        new NotAttachedError(
          `Thread ${threadId} was detached from its reactor before ${call} had an outcome; dispose what attach() returned when its threads are done`,
        )
    case Phase.ABANDONED:
      return (call) =>
        new NotAttachedError(
          `No reactor accepted thread ${threadId} within ${connectTimeout} ms, or before it called setup(), so ${call} was not made; ` +
            'make its pool with `reactor.createPool()`, or call `reactor.attach(pool)` or `reactor.attach(worker)` right after making it; ' +
            'if that was done, its loop was blocked for so long: `connectTimeout` is how long to wait for it',
        )
  }
}

/** How a call ends that is made in this phase; `undefined` if it may be made. */
export function refusalOfConnection(phase: Phase, connectTimeout: number): CopyOfError | undefined {
  switch (phase) {
    case Phase.STOPPED:
    case Phase.RELEASED:
      return (call) =>
        new ReactorStopped(
          `${call} was called while its reactor is stopping, after that had interrupted all calls; let the task end, and leave what is to be undone in the reactor to teardowns`,
        )
    case Phase.GONE:
    case Phase.REPLACED:
      return (call) =>
        new ReactorStopped(
          `${call} was called after its reactor had stopped; make a new Reactor and attach this thread's pool or worker to it, or call setup() again`,
        )
    case Phase.TERMINATED:
      return (call) =>
        new ReactorStopped(
          `${call} was called after the thread of its reactor was terminated, for its loop stood still while stop() waited for it; call setup() again`,
        )
    default:
      return endOfConnection(phase, connectTimeout)
  }
}
