import { ResultNotFoundError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import type { CancelReason } from '../protocol/requests.js'
import type { Delivery } from '../protocol/thread.js'
import type { EncodedThrown } from '../protocol/thrown.js'
import { unwatch, watch } from './forgotten.js'
import { CallSite, showSite } from './traceback.js'

/** How a calling thread sees the end of a call. */
export type Settled =
  | { readonly type: 'value'; readonly value: unknown }
  | {
      readonly type: 'failure'
      /** Makes what is to be thrown there: each wait throws its own. */
      readonly at: (site: CallSite) => unknown
      /** To be told what becomes of it, unless this side ended the call. */
      readonly delivery: Delivery | undefined
      /** As it came, if it crossed threads. */
      readonly encoded: EncodedThrown | undefined
    }

/** How calls of a service, or of a function of a shared module, are made and end. */
export interface CallOptions {
  /**
   * The outcome if the function ends without a value. That it is there decides, so `undefined` is a default too;
   * without it such a call ends with `EmptyError`.
   */
  defaultValue?: unknown
  /**
   * How long, in ms, a thread's first calls wait for a reactor to accept the thread. At least 0; default 5,000, and as long as the call
   * itself in pools of `createPool`, whose reactor is there.
   */
  connectTimeout?: number
  /**
   * How long, in ms, a call waits for room where the thread has `maxPending` unfinished ones; then it ends with `TimeoutError`. At
   * least 0; default `Infinity`. A blocking call waits no longer than its own `timeout`.
   */
  roomTimeout?: number
}

/**
 * One call, on the calling side: until it has its outcome, which never changes.
 *
 * How a thread waits for it is its connection's to say, or, in a reactor thread, that it can't.
 */
export abstract class Call {
  #function: FunctionRef | string
  readonly #options: CallOptions
  #settled: Settled | undefined
  #isRetrieved = false
  #isStashed = false
  /** Under which it may be in the store, though nobody has been told yet. */
  #uid: string | undefined
  #isHandled = false
  #isAwaited = false
  #observers: Set<() => void> | undefined

  /** @param called - The function, or how messages name it. */
  constructor(called: FunctionRef | string, options: CallOptions) {
    this.#function = called
    this.#options = options
  }

  /** The function as messages name it. */
  get name(): string {
    return typeof this.#function === 'string' ? this.#function : describe(this.#function)
  }

  /** Whose result it is, of one that was retrieved, the reactor says. */
  found(name: string): void {
    this.#function = name
  }

  /** Whether there is a value for a function that ends without one. */
  get hasDefault(): boolean {
    return Object.hasOwn(this.#options, 'defaultValue')
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
   * @param deadline - In ms of `clock.now()`.
   * @param done - What to sleep for instead; it can't become true but by an outcome that comes to this thread.
   */
  abstract sleepUntil(deadline: number, done?: () => boolean): boolean

  /** What may be the cause if there is no outcome in time, for a message. */
  abstract whyLate(): string

  /** The reactor imports the module of the function, or has done so. */
  loading(_isLoading: boolean): void {}

  /** Values of a stream came; other calls have none but their outcome. */
  emitted(_index: number, _values: readonly unknown[]): void {}

  /** How many of these were sent so far; one that never comes could not be read. */
  get sent(): number {
    return 0
  }

  /** So many of these must have come by now. */
  expectReceived(_count: number): void {}

  /** Tells the reactor that nobody wants the outcome any more. */
  protected abstract abandon(reason: CancelReason): void

  /** Tells the reactor that a failure, if there will be one, is dealt with. */
  protected abstract disclaim(): void

  /**
   * Called back as soon as this thread has taken in the outcome; at once if it has.
   *
   * @returns Takes it back.
   */
  observe(observer: () => void): () => void {
    if (this.#settled !== undefined) {
      observer()
      return () => undefined
    }
    this.#observers ??= new Set()
    this.#observers.add(observer)
    return () => this.#observers?.delete(observer)
  }

  /** As `observe`; and outcomes are taken in as they come, for which the loop of this thread must not be blocked. */
  onSettled(observer: () => void): void {
    this.#isAwaited = true
    this.observe(observer)
  }

  /** The task that made it has ended. A failure still to come is dealt with if somebody awaits it. */
  taskEnded(): void {
    if (this.#isAwaited) this.handle()
  }

  /** A failure, be it still to come, is dealt with: who combines results has looked at all of them. */
  handle(): void {
    if (this.#isHandled) return
    this.#isHandled = true
    if (this.#settled === undefined) this.disclaim()
    else this.#retrieved()
  }

  /** Ends the call with that error, unless there is an outcome already; then nobody wants that. */
  cancel(reason: CancelReason, copy: () => Error): void {
    this.poll()
    if (this.#settled !== undefined) return this.#retrieved()
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
   * @param encoded - As it came, if it crossed threads.
   */
  fail(at: (site: CallSite) => unknown, delivery: Delivery, encoded?: EncodedThrown): void {
    if (this.#settled !== undefined) return delivery.retrieved() // it was cancelled: nobody wants it
    // A thread that is blocked can't find out what it has forgotten; then the reactor finds out when the thread ends.
    watch(this, delivery)
    this.#end({ type: 'failure', at, delivery, encoded })
    if (this.#isHandled) this.#retrieved()
  }

  /**
   * This side ends the call.
   *
   * @param copy - Makes the error.
   */
  end(copy: () => Error): void {
    this.#end({ type: 'failure', at: (site) => showSite(copy(), site), delivery: undefined, encoded: undefined })
  }

  /**
   * The value; or throws a copy of the failure of its own. Once there is an outcome.
   *
   * @param site - Where the application asks.
   */
  get(site: () => CallSite): unknown {
    if (this.#settled?.type === 'value') return this.#settled.value
    throw this.failure(site)
  }

  /** A copy of the failure, if that is the outcome. */
  failure(site: () => CallSite): unknown {
    if (this.#settled?.type !== 'failure') return undefined
    this.#retrieved()
    return this.#settled.at(site())
  }

  /**
   * The state as text, for who looks at the handle: in the words of Node's promises.
   *
   * @param showValue - Makes text of a value, and of what was thrown.
   */
  show(showValue: (value: unknown) => string): string {
    this.poll()
    const settled = this.#settled
    if (settled === undefined) return '<pending>'
    if (settled.type === 'value') return showValue(settled.value)
    return `<rejected> ${showValue(settled.at(new CallSite(this.show)))}`
  }

  /**
   * Hands the result over to the reactor's store, outcome or not.
   *
   * @param timeout - In ms.
   * @param site - Where the application asks.
   * @returns By what it can be retrieved.
   * @throws TimeoutError; then it isn't there, or, if the reactor was just about to take it, the next try gives its uid.
   */
  stash(timeout: number, site: () => CallSite): string {
    const uid = this.#uid ?? newUid()
    this.poll()
    if (!this.#isStashed) {
      // Under the same uid until it is known: what was given up may have been done after all.
      this.#uid = uid
      const end = clock.now() + timeout
      if (this.#settled === undefined) this.handOver(uid, timeout, site)
      // There is an outcome: it was there before, or it and the handing over passed each other on the way.
      if (!this.#isStashed && this.#settled !== undefined) {
        this.putAway(uid, this.#settled, Math.max(0, end - clock.now()), site)
        // Only now: one that could not be put there is still to be dealt with here.
        this.#retrieved()
      }
    } else if (this.#uid === undefined) throw showSite(this.#stashedError(), site())
    this.#uid = undefined
    return uid
  }

  /** The store has the call. */
  stashed(): void {
    this.#isStashed = true
    this.end(() => this.#stashedError())
  }

  /**
   * Hands an unfinished call over, and waits until it is `stashed`, or has an outcome.
   *
   * @param timeout - In ms.
   * @throws TimeoutError, ReactorStopped, NotAttachedError or ArgumentNotCloneableError; then it isn't handed over.
   */
  protected abstract handOver(uid: string, timeout: number, site: () => CallSite): void

  /**
   * @param timeout - In ms.
   * @throws TimeoutError, ReactorStopped, NotAttachedError or ArgumentNotCloneableError; then it is not there.
   */
  protected abstract putAway(uid: string, settled: Settled, timeout: number, site: () => CallSite): void

  /** For a call that is handed over. */
  protected get defaultValue(): unknown {
    return this.hasDefault ? this.#options.defaultValue : undefined
  }

  #stashedError(): Error {
    return new ResultNotFoundError(`The result of ${this.name} was stashed; retrieve it by its uid`)
  }

  /** Somebody has looked at the outcome, or doesn't want it. */
  #retrieved(): void {
    if (this.#isRetrieved || this.#settled?.type !== 'failure') return
    this.#isRetrieved = true
    unwatch(this)
    this.#settled.delivery?.retrieved()
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
