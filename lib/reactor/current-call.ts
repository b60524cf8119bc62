import { NoCurrentCallError } from '../errors.js'
import { type Activity, runWithin } from './activity.js'

/** What a reactive function can learn about the call that runs it. */
export interface CurrentCall {
  /** Unique among the calls of one reactor. */
  readonly id: string
  /** The function as messages name it, for example `dns.lookup`. */
  readonly name: string
  /** The calling thread. */
  readonly threadId: number
  /** Fires when the call is cancelled, its caller stops waiting, its thread ends or the reactor stops. */
  readonly signal: AbortSignal
  /** When the caller stops waiting, in ms since the epoch; `Infinity` if it never does. */
  readonly deadline: number
}

let current: CurrentCall | undefined

/**
 * The call that runs the reactive function which asks.
 *
 * Valid while the function runs and while its Observable is being subscribed, until the first `await`: keep what you
 * need of it before that.
 *
 * @example
 * ```ts
 * reactor.expose('web', { get: (url: string) => fetch(url, { signal: currentCall().signal }).then((page) => page.text()) })
 * ```
 * @throws NoCurrentCallError outside a reactive function, and after its first `await`.
 */
export function currentCall(): CurrentCall {
  if (current !== undefined) return current
  throw new NoCurrentCallError(
    'currentCall() was asked where no reactive function runs, or after its first `await`; ask at the start of the function, and keep the answer',
  )
}

/** Runs a piece of a reactive function, as the given call's. */
export function runAs<T>(call: CurrentCall & Activity, piece: () => T): T {
  const outer = current
  current = call
  try {
    return runWithin(call, piece)
  } finally {
    current = outer
  }
}
