import { threadId } from 'node:worker_threads'
import { NotAttachedError, ReactorStopped } from '../errors.js'
import { Phase } from '../protocol/memory.js'

/**
 * The error with which calls end when their connection has; `undefined` while it lives.
 *
 * @param connectTimeout - In ms; how long the thread asked for a reactor, if it gave up.
 */
export function endOfConnection(phase: Phase, connectTimeout: number): Error | undefined {
  switch (phase) {
    case Phase.ASKED:
    case Phase.ATTACHED:
      return undefined
    case Phase.STOPPED:
      return new ReactorStopped('The reactor has stopped, so the call has no outcome')
    case Phase.DETACHED:
      return new NotAttachedError(`Thread ${threadId} was detached from its reactor before the call had an outcome`)
    case Phase.ABANDONED:
      return new NotAttachedError(
        `No reactor accepted thread ${threadId} within ${connectTimeout} ms; make its pool with \`reactor.createPool()\`, ` +
          'or call `reactor.attach(pool)` or `reactor.attach(worker)` right after making it',
      )
  }
}
