import { type InspectOptions, inspect } from 'node:util'
import { CancelledError, TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import type { ResultHandle } from '../protocol/result-handle.js'
import type { Call } from './call.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { Failure } from './failure.js'
import { checkTimeout, type StoreOptions, storeTimeoutOf } from './timeout.js'
import { CallSite } from './traceback.js'

/** For this package: the call that a result is of. */
export let callOf: (result: EventualResult<unknown>) => Call

/**
 * The calling thread's handle on a call, which goes on by itself.
 *
 * @example
 * ```ts
 * const answer = lookups.lookup('example.org') // the reactor is at work
 * prepare() //                                    and so is this thread
 * answer.wait(5_000)
 * ```
 * @typeParam T - The function's value.
 */
export class EventualResult<T> implements Disposable, ResultHandle<T> {
  readonly #call: Call

  static {
    callOf = (result) => result.#call
  }

  /** Made by `eventual` and `runInReactor` functions. */
  constructor(call: Call) {
    this.#call = call
  }

  /**
   * Blocks this thread until there is an outcome, and returns the value. Once there is one, every wait gives the same.
   *
   * A timeout ends only this wait: the call goes on, and a later wait may succeed.
   *
   * @param timeout - The longest time to wait, in ms. 0 looks without waiting; no bound must be written out: `Infinity`.
   * @throws The failure of the call: each wait throws a copy of its own.
   * @throws TimeoutError if there is no outcome in time.
   * @throws ReactorThreadError in a reactor thread, which must not block; `await` `asPromise()` there.
   * @throws TypeError or RangeError if the timeout is missing, no number, NaN or negative.
   */
  wait(timeout: number): T {
    const what = (): string => `wait() for ${this.#call.name}`
    refuseWhereNoneMayWait(what)
    const ms = checkTimeout(timeout, what)
    if (!this.#call.sleepUntil(clock.now() + ms)) {
      throw new TimeoutError(
        `${this.#call.name} had no outcome within ${ms} ms; the call goes on, so you may wait again or cancel it${this.#call.whyLate()}`,
      )
    }
    // Whoever made the handle knows the function's type; what crossed threads has none.
    return this.#call.get(() => new CallSite(this.wait)) as T
  }

  /**
   * Asks the reactor to unsubscribe the call's Observable. Unless there is an outcome already, the outcome is
   * `CancelledError`. Doesn't block; repeated calls do nothing.
   */
  cancel(): void {
    this.#call.cancel('cancelled', () => new CancelledError(`The call of ${this.#call.name} was cancelled`))
  }

  /** Whether there is an outcome. Never blocks. */
  get settled(): boolean {
    this.#call.poll()
    return this.#call.settled !== undefined
  }

  /**
   * The failure, if that is the outcome; `null` if there is none yet, or it is a value. Never blocks.
   *
   * @example
   * ```ts
   * const failure = answer.originalFailure()
   * if (failure?.check(QuotaError)) log.warn(failure.getTraceback())
   * ```
   */
  originalFailure(): Failure | null {
    this.#call.poll()
    if (this.#call.settled?.type !== 'failure') return null
    return new Failure(this.#call.failure(() => new CallSite(this.originalFailure)))
  }

  /**
   * Hands the result over to the reactor's store, where it outlives this thread; there whoever knows its uid retrieves it,
   * once. An outcome that was here stays known here too; one that was still to come doesn't come here any more.
   *
   * In a calling thread it blocks until the reactor has taken the result.
   *
   * One that takes too long throws `TimeoutError`. Nothing is lost then: the result is still here, to be waited for or stashed again.
   *
   * @param options - `timeout`, in ms.
   * @returns The uid: 128 random bits, in 22 characters that may stand in a URL or a cookie.
   * @throws TimeoutError if the reactor doesn't answer in time; ReactorStopped if it has stopped; NotAttachedError if there is none; ArgumentNotCloneableError if the
   * value was transferred here, and cannot be copied; ResultNotFoundError if it was stashed before it had an outcome.
   * @see retrieveResult
   */
  stash(options: StoreOptions = {}): string {
    const timeout = storeTimeoutOf(options, 'stash()')
    return this.#call.stash(timeout, () => new CallSite(this.stash))
  }

  /**
   * The outcome as a promise, for asynchronous code. Doesn't block; keeps the thread alive until there is an outcome.
   *
   * @example
   * ```ts
   * const { address } = await lookups.lookup('example.org').asPromise()
   * ```
   * @returns It is rejected with what `wait` would throw: the failure of the call.
   */
  asPromise(): Promise<T> {
    const site = new CallSite(this.asPromise)
    return new Promise((resolve, reject) => {
      this.#call.onSettled(() => {
        try {
          resolve(this.#call.get(() => site) as T) // as in `wait`
        } catch (failure) {
          reject(failure)
        }
      })
    })
  }

  /** Cancels the call unless there is an outcome: `using answer = lookups.lookup(host)`. */
  [Symbol.dispose](): void {
    this.cancel()
  }

  /** Logged, it shows its function and its state: a look that never blocks, and retrieves no failure. */
  [inspect.custom](depth: number | null, options: InspectOptions): string {
    const show = (value: unknown): string => inspect(value, { ...options, depth: depth === null ? null : depth - 1 })
    const state = this.#call.show(depth !== null && depth < 0 ? () => '…' : show)
    return `EventualResult of ${this.#call.name} { ${state} }`
  }
}
