import { BufferOverflowError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { StreamMemory } from '../protocol/memory/stream-memory.js'
import type { StreamPlan } from '../protocol/stream-plan.js'
import type { Outcome } from '../protocol/thread.js'
import { AllEmissions } from './all-emissions.js'
import { asObservable } from './first-emission.js'
import { iteratorOf, Pulled } from './pulled.js'
import type { SchedulerLike } from './rxjs.js'
import type { Sink, Source } from './source.js'

/** Where the values of a stream go, and how its thread reads them. */
export interface Outlet {
  readonly plan: StreamPlan
  /** @throws ResultNotCloneableError */
  post(index: number, value: unknown): void
  /** Several at once, each of which is immutable. */
  postAll(index: number, values: readonly unknown[]): void
}

/** Who is told of a stream's end. */
export interface StreamListener {
  /** `empty` if it ended well. Called at most once, before the source is unsubscribed. */
  settle(outcome: Outcome): void
  /** A teardown of the source threw; the outcome stands. */
  readonly teardownFailed: (error: unknown) => void
}

/** How many values a message has at the most. */
const MOST_IN_BATCH = 256
/** How many wait for the thread while it has others to read than those that wait here for company. */
const ENOUGH = 16
/** Types of values that can be posted, and stay what they are until then. */
const IMMUTABLE: readonly string[] = ['number', 'string', 'boolean', 'bigint', 'undefined']

/**
 * All values of one call, on their way to its thread; no more than `buffer` of them wait there.
 *
 * An iterator is asked for a value when there is room. An Observable can't be: when there is none its value is dropped, or
 * ends the stream, or waits here in place of an older one. Values that wait here are sent before the stream ends.
 */
export class Stream {
  readonly #name: string
  readonly #outlet: Outlet
  readonly #memory: StreamMemory
  readonly #listener: StreamListener
  readonly #source: Source
  /** What the thread has no room for. */
  #held: unknown[] = []
  /** The last of those that were sent, which wait to be posted together before the loop goes on: a message costs most of what a value costs. */
  #batch: unknown[] = []
  /** Those in the batch too. */
  #sent = 0
  /** How many may be sent, as far as is known. */
  #room: number
  /** There is nothing to come but what is held. */
  #outcome: Outcome | undefined
  #isOver = false

  /**
   * @param result - What the function returned.
   * @param name - The function as messages name it.
   * @param scheduler - On which an iterator takes turns with calls.
   */
  constructor(result: unknown, name: string, outlet: Outlet, scheduler: SchedulerLike, listener: StreamListener) {
    this.#name = name
    this.#outlet = outlet
    this.#room = outlet.plan.buffer
    this.#memory = StreamMemory.received(outlet.plan.words) ?? StreamMemory.allocate()
    this.#listener = listener
    this.#source = this.#sourceOf(result, scheduler)
  }

  start(): void {
    try {
      this.#source.start()
    } catch (thrown) {
      // If it has ended it was a teardown that threw.
      if (this.#outcome === undefined) throw thrown
      this.#listener.teardownFailed(thrown)
    }
  }

  /** The thread has room for more. */
  resume(): void {
    while (this.#held.length > 0 && this.#hasRoom()) this.#send(this.#held.shift())
    if (this.#isOver) return
    if (this.#held.length > 0) return this.#awaitRoom()
    if (this.#outcome !== undefined) return this.#settle(this.#outcome)
    this.#source.resume()
  }

  /** Whether a value may come now that may not be dropped; if not, `resume` of the source follows. */
  readonly #mayPull = (): boolean => {
    if (this.#isOver) return false
    return this.#hasRoom() || !this.#pause()
  }

  readonly #emit = (value: unknown): void => {
    if (this.#isOver) return
    const { overflow, keep } = this.#outlet.plan
    if (this.#held.length === 0 && this.#hasRoom()) this.#send(value)
    else if (overflow === 'drop-oldest') this.#hold(value)
    else if (overflow === 'drop-newest') this.#memory.drop()
    else this.#settle({ type: 'failure', thrown: this.#overflowError() })
    if (overflow === 'drop-oldest') this.#memory.want(this.#sent + this.#held.length - keep)
  }

  readonly #end = (outcome: Outcome): void => {
    if (this.#held.length === 0) return this.#settle(outcome)
    this.#outcome ??= outcome
    this.#unsubscribeSource()
  }

  unsubscribe(): void {
    this.#isOver = true
    this.#held = []
    this.#batch = []
    this.#unsubscribeSource()
  }

  #unsubscribeSource(): void {
    try {
      this.#source.unsubscribe()
    } catch (error) {
      this.#listener.teardownFailed(error)
    }
  }

  #sourceOf(result: unknown, scheduler: SchedulerLike): Source {
    const sink = { emit: this.#emit, end: this.#end, mayPull: this.#mayPull }
    const { teardownFailed } = this.#listener
    const iterator = iteratorOf(result)
    if (iterator !== undefined) return new Pulled(iterator, sink, scheduler, teardownFailed)
    const observable = asObservable(result, teardownFailed)
    return observable === undefined ? new OneValue(result, sink) : new AllEmissions(observable, sink)
  }

  #hold(value: unknown): void {
    this.#held.push(value)
    if (this.#held.length > this.#outlet.plan.keep) {
      this.#held.shift()
      this.#memory.drop()
    }
    if (this.#held.length === 1) this.#awaitRoom()
  }

  /** The thread says when there is; or it has said so already. */
  #awaitRoom(): void {
    if (!this.#pause()) this.resume()
  }

  #pause(): boolean {
    this.#flush()
    // Half of the room: to be told of each value that was taken costs more than the value.
    return this.#memory.pause(this.#sent, this.#outlet.plan.buffer >> 1)
  }

  #hasRoom(): boolean {
    if (this.#sent < this.#room) return true
    this.#room = this.#sent - this.#memory.waiting(this.#sent) + this.#outlet.plan.buffer
    return this.#sent < this.#room
  }

  #send(value: unknown): void {
    if (value !== null && !IMMUTABLE.includes(typeof value)) return this.#post(value)
    const isAwaited = this.#batch.length === 0 && this.#memory.waiting(this.#sent) < ENOUGH
    if (isAwaited) return this.#post(value)
    this.#sent += 1
    if (this.#batch.push(value) === 1) clock.afterThis(this.#flush)
    else if (this.#batch.length === MOST_IN_BATCH) this.#flush()
  }

  #post(value: unknown): void {
    this.#flush()
    try {
      // Before it is: the thread may find at once that it can't read it, and then asks how many there are.
      this.#memory.sent(this.#sent + 1)
      this.#outlet.post(this.#sent, value)
      this.#sent += 1
    } catch (thrown) {
      this.#settle({ type: 'failure', thrown })
    }
  }

  readonly #flush = (): void => {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#memory.sent(this.#sent)
    this.#outlet.postAll(this.#sent - batch.length, batch)
  }

  #settle(outcome: Outcome): void {
    if (this.#isOver) return
    this.#flush()
    this.#isOver = true
    this.#listener.settle(outcome)
    this.unsubscribe()
  }

  #overflowError(): BufferOverflowError {
    return new BufferOverflowError(
      `${this.#name} emitted more than the ${this.#outlet.plan.buffer} values that may wait for its thread; ` +
        "read faster, give a larger `buffer`, drop values by `overflow: 'drop-oldest'` or `'drop-newest'`, or return an async iterable, which is asked for each value",
    )
  }
}

/** A plain value. */
class OneValue implements Source {
  readonly #value: unknown
  readonly #sink: Sink

  constructor(value: unknown, sink: Sink) {
    this.#value = value
    this.#sink = sink
  }

  start(): void {
    this.#sink.emit(this.#value)
    this.#sink.end({ type: 'empty' })
  }

  resume(): void {
    // It has all been said.
  }

  unsubscribe(): void {
    // There is nothing to end.
  }
}
