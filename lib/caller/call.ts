import { ResultNotFoundError } from '../errors.js'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import type { CancelReason } from '../protocol/messages.js'
import type { Delivery, Outcome } from '../protocol/thread.js'
import { type CallSite, showSite } from './traceback.js'

/** How a calling thread sees the end of a call. */
export type Settled =
  | { readonly type: 'value'; readonly value: unknown }
  /** `at` makes what is to be thrown there: each wait throws its own. */
  | { readonly type: 'failure'; readonly at: (site: CallSite) => unknown }

export interface CallOptions {
  /**
   * The outcome if the function ends without a value. That it is there decides, so `undefined` is a default too;
   * without it such a call ends with `EmptyError`.
   */
  defaultValue?: unknown
  /** How long, in ms, a thread's first calls wait for a reactor to accept the thread. At least 0; default 5,000. */
  connectTimeout?: number
}

/**
 * One call, on the calling side: until it has its outcome, which never changes.
 *
 * How a thread waits for it is its connection's to say, or, in a reactor thread, that it can't.
 */
export abstract class Call {
  /** Calls whose handles are gone, and with them the last who could look at their failures. */
  static readonly #forgotten = new FinalizationRegistry((delivery: Delivery) => delivery.lost())

  readonly ref: FunctionRef
  readonly #options: CallOptions
  #settled: Settled | undefined
  #observers: (() => void)[] | undefined

  constructor(ref: FunctionRef, options: CallOptions) {
    this.ref = ref
    this.#options = options
  }

  /** The function as messages name it. */
  get name(): string {
    return describe(this.ref)
  }

  /** The store of results is asked with unfinished calls, so it must be possible also at their limit. */
  get needsNoRoom(): boolean {
    return this.ref.in === 'results'
  }

  /** Whether there is a value for a function that ends without one. */
  get hasDefault(): boolean {
    return 'defaultValue' in this.#options
  }

  /** The outcome, if it is known already; `poll` makes known what has come. */
  get settled(): Settled | undefined {
    return this.#settled
  }

  /** Takes in what has come, without waiting. */
  abstract poll(): void

  /**
   * Sleeps until the call has an outcome; returns whether it has one. For threads that may block.
   *
   * @param deadline - In ms of `performance.now()`.
   */
  abstract sleepUntil(deadline: number): boolean

  /** What may be the cause if there is no outcome in time, for a message. */
  abstract whyLate(): string

  /** Tells the reactor that nobody wants the outcome any more. */
  protected abstract abandon(reason: CancelReason): void

  /** Called back when there is an outcome; at once if there is one. The loop of this thread must not be blocked. */
  onSettled(observer: () => void): void {
    if (this.#settled !== undefined) return observer()
    this.#observers ??= []
    this.#observers.push(observer)
  }

  /** Ends the call with that error, unless there is an outcome already. */
  cancel(reason: CancelReason, copy: () => Error): void {
    this.poll()
    if (this.#settled !== undefined) return
    this.abandon(reason)
    this.end(copy)
  }

  settleWith(value: unknown): void {
    this.#end({ type: 'value', value })
  }

  /** The function ended without a value, and there is one for that. */
  settleEmpty(): void {
    this.settleWith(this.#options.defaultValue)
  }

  /**
   * The reactor's failure.
   *
   * @param at - Makes what is to be thrown at a place.
   * @param delivery - To be told what becomes of it.
   */
  fail(at: (site: CallSite) => unknown, delivery: Delivery): void {
    // A thread that is blocked can't find out what it has forgotten; then the reactor finds out when the thread ends.
    Call.#forgotten.register(this, delivery, this)
    let isRetrieved = false
    this.#end({
      type: 'failure',
      at: (site) => {
        if (!isRetrieved) {
          isRetrieved = true
          Call.#forgotten.unregister(this)
          delivery.retrieved()
        }
        return at(site)
      },
    })
  }

  /**
   * This side ends the call.
   *
   * @param copy - Makes the error.
   */
  end(copy: () => Error): void {
    this.#end({ type: 'failure', at: (site) => showSite(copy(), site) })
  }

  /**
   * The value; or throws a copy of the failure of its own. Once there is an outcome.
   *
   * @param site - Where the application asks.
   */
  get(site: () => CallSite): unknown {
    if (this.#settled?.type === 'value') return this.#settled.value
    throw this.#settled?.at(site())
  }

  /**
   * Hands the result over to the reactor's store, outcome or not.
   *
   * @param site - Where the application asks.
   * @returns By what it can be retrieved.
   */
  stash(site: () => CallSite): string {
    const uid = newUid()
    this.poll()
    if (this.#settled === undefined && this.handOver(uid)) {
      this.end(() => new ResultNotFoundError(`The result of ${this.name} was stashed; retrieve it by its uid`))
      return uid
    }
    // There is an outcome: it was there before, or it and the handing over passed each other on the way.
    const settled = this.#settled
    if (settled?.type === 'failure') this.putAway(uid, { type: 'failure', thrown: settled.at(site()) })
    else this.putAway(uid, { type: 'value', value: settled?.value })
    return uid
  }

  /** Hands an unfinished call over; returns `false` if it has an outcome. */
  protected abstract handOver(uid: string): boolean

  protected abstract putAway(uid: string, outcome: Exclude<Outcome, { type: 'empty' }>): void

  /** For a call that is handed over. */
  protected get defaultValue(): unknown {
    return this.#options.defaultValue
  }

  #end(settled: Settled): void {
    // The first cause wins; an answer that was under way when the call was cancelled comes too late.
    if (this.#settled !== undefined) return
    this.#settled = settled
    const observers = this.#observers
    this.#observers = undefined
    for (const observer of observers ?? []) observer()
  }
}

/** 128 random bits. */
function newUid(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
}
