import { ReactorStopped } from '../errors.js'
import { shown } from '../protocol/shown.js'
import { type LocalReactor, thisThread } from '../protocol/thread.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { connect } from './connect.js'
import { EventualResult } from './eventual-result.js'
import { retrieveHere } from './local-call.js'
import { retrieveRemotely } from './remote-call.js'
import { isServedHere } from './route.js'
import { type StoreOptions, storeTimeoutOf } from './timeout.js'
import { CallSite } from './traceback.js'

/**
 * Gives back a result that was stashed, in whatever thread; once. In a calling thread it blocks until the reactor has
 * found it, but not until it has its outcome.
 *
 * @param uid - What `stash()` returned.
 * @param options - `timeout`, in ms: how long to wait for the reactor to find it.
 * @typeParam T - The function's value.
 * @throws ResultNotFoundError if there is no result of that uid: it is unknown, was retrieved already, or was dropped.
 * @throws TimeoutError if the reactor doesn't answer in time: the result stays where it is.
 * @throws ReactorStopped, NotAttachedError or NotSetUpError if there is no reactor to ask.
 *
 * @example
 * ```ts
 * const uid = downloads.fetch(url).stash() // in one request's task
 * const page = retrieveResult<Page>(uid).wait(5_000) // in a later one's
 * ```
 */
export function retrieveResult<T>(uid: string, options: StoreOptions = {}): EventualResult<T> {
  const timeout = storeTimeoutOf(options, 'retrieveResult()')
  if (isServedHere()) return retrieveFrom(oldestReactor(), uid)
  const what = (): string => 'retrieveResult()'
  refuseWhereNoneMayWait(what)
  const connection = connect({}, what)
  return new EventualResult(retrieveRemotely(connection, checkUid(uid), timeout, () => new CallSite(retrieveResult)))
}

/** From a reactor of this thread, be it that it has stopped. */
function retrieveFrom<T>(reactor: LocalReactor, uid: string): EventualResult<T> {
  return new EventualResult(retrieveHere(reactor, checkUid(uid)))
}

// The reactor's side has a function of its own for this, and can't import the class of what it returns.
thisThread.retrieve = retrieveFrom

function oldestReactor(): LocalReactor {
  const [reactor] = thisThread.reactors
  if (reactor !== undefined) return reactor
  throw new ReactorStopped(
    "retrieveResult() was called after this thread's reactor had stopped; ask `retrieveResult()` of that Reactor",
  )
}

function checkUid(uid: string): string {
  if (typeof uid === 'string') return uid
  throw new TypeError(`retrieveResult() takes a uid, a string; it was given \`${shown(uid)}\``)
}
