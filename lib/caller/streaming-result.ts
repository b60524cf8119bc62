import { inspect } from 'node:util'
import { TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { refuseWhenCancelled } from './cancellation.js'
import type { StreamCall } from './stream-call.js'
import { CallSite } from './traceback.js'

/**
 * The calling thread's handle on a stream: a blocking iterator over all values of a call. Each step sleeps until there is one.
 *
 * Values that came are given first, then what the stream ended with: its failure is thrown by the step behind the last value.
 * Leaving the loop in whatever way, `return()` and `using` unsubscribe. Without any of these it goes on, also when the task that opened
 * it has ended, until nobody has this handle any more, and the garbage collector finds that out: for which the thread's loop must turn,
 * as it does after each such task of a pool of `createPool`.
 *
 * @example
 * ```ts
 * for (const tick of ticks.of('EURUSD')) if (tick.price > limit) break
 * ```
 * @typeParam T - What a step gives: a value, or with `take: 'buffered'` an array of them.
 */
export class StreamingResult<T> implements IterableIterator<T, undefined, undefined>, Disposable {
  /** Streams whose handles are gone, and with them all who could leave them. */
  static readonly #forgotten = new FinalizationRegistry((call: StreamCall) => call.forgotten())

  readonly #call: StreamCall
  readonly #timeout: number
  #isOver = false

  /** Made by `streaming` and `iterate` functions. */
  constructor(call: StreamCall, timeout: number) {
    this.#call = call
    this.#timeout = timeout
    StreamingResult.#forgotten.register(this, call)
  }

  /**
   * Blocks this thread until there is a value, or the end.
   *
   * @throws What the call fails with, when all values before that were given: `ReactorStopped`, `BufferOverflowError` …
   * @throws TimeoutError if there is none in time; CancelledError if the current task was cancelled. Both cancel the call.
   */
  next(): IteratorResult<T, undefined> {
    if (this.#isOver) return { done: true, value: undefined }
    this.#awaitNext()
    const next = this.#call.take()
    // Whoever made the handle knows the function's type; what crossed threads has none.
    if (next !== undefined) return { done: false, value: next.value as T }
    this.#isOver = true
    this.#call.get(() => new CallSite(this.next))
    return { done: true, value: undefined }
  }

  /** Unsubscribes. What was not given yet never will be. Doesn't block; repeated calls do nothing. */
  return(): IteratorResult<T, undefined> {
    this.#end()
    return { done: true, value: undefined }
  }

  /**
   * How many values were not given, because there was no room (`overflow`) or there were newer ones (`take: 'latest'`). Counts in 32
   * bits.
   */
  get dropped(): number {
    return this.#call.dropped
  }

  [Symbol.iterator](): this {
    return this
  }

  /** As {@link return}: `using ticks = prices.of('EURUSD')`. */
  [Symbol.dispose](): void {
    this.#end()
  }

  /** Logged, it shows its function and whether there may be more; takes no value. */
  [inspect.custom](): string {
    return `StreamingResult of ${this.#call.name} { <${this.#isOver ? 'over' : 'open'}>, dropped: ${this.dropped} }`
  }

  #awaitNext(): void {
    const call = this.#call
    try {
      // A loop over values that are all there already is to end too.
      refuseWhenCancelled(() => `next() of ${call.name}`)
      if (call.sleepUntilNext(clock.now() + this.#timeout)) return
    } catch (cancelled) {
      this.#end()
      throw cancelled
    }
    const why = call.whyLate()
    call.cancel(
      'timed out',
      () => new TimeoutError(`${call.name} had no value within ${this.#timeout} ms, and was cancelled${why}`),
    )
  }

  #end(): void {
    this.#isOver = true
    this.#call.leave()
  }
}
