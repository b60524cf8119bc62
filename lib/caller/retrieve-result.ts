import { isMainThread } from 'node:worker_threads'
import { ReactorStopped } from '../errors.js'
import { type LocalReactor, thisThread } from '../protocol/thread.js'
import { refuseWithoutReactor } from './can-wait.js'
import { EventualResult } from './eventual-result.js'
import { LocalCall } from './local-call.js'
import { connect } from './make-call.js'
import { callResults, RemoteCall } from './remote-call.js'

const COLLECT = { in: 'results', of: 'results', name: 'collect' } as const

/**
 * Gives back a result that was stashed, in whatever thread; once. In a calling thread it blocks until the reactor has
 * found it, but not until it has its outcome.
 *
 * @param uid - What `stash()` returned.
 * @typeParam T - The function's value.
 * @throws ResultNotFoundError if there is no result of that uid: it is unknown, was retrieved already, or was dropped.
 * @throws ReactorStopped, NotAttachedError or NotSetUpError if there is no reactor to ask.
 *
 * @example
 * ```ts
 * const uid = downloads.fetch(url).stash() // in one request's task
 * const page = retrieveResult<Page>(uid).wait(5_000) // in a later one's
 * ```
 */
export function retrieveResult<T>(uid: string): EventualResult<T> {
  if (thisThread.isReactorThread) return retrieveFrom(oldestReactor(), uid)
  if (isMainThread) refuseWithoutReactor('retrieveResult()')
  const connection = connect({})
  const key = callResults(connection, 'claim', [checkUid(uid)])
  return new EventualResult(new RemoteCall(connection, COLLECT, [key], {}, Number.POSITIVE_INFINITY))
}

/** From a reactor of this thread, be it that it has stopped. */
function retrieveFrom<T>(reactor: LocalReactor, uid: string): EventualResult<T> {
  const key = reactor.results.claim(checkUid(uid))
  return new EventualResult(new LocalCall(reactor, COLLECT, [key], {}))
}

// The reactor's side has a function of its own for this, and can't import the class of what it returns.
thisThread.retrieve = retrieveFrom

function oldestReactor(): LocalReactor {
  const [reactor] = thisThread.reactors
  if (reactor !== undefined) return reactor
  throw new ReactorStopped(
    "retrieveResult() was called after this thread's reactor had stopped; ask that reactor itself",
  )
}

function checkUid(uid: string): string {
  if (typeof uid === 'string') return uid
  throw new TypeError(`retrieveResult() takes a uid, a string; it was given \`${String(uid)}\``)
}
