import { CancelledError, ResultNotCloneableError } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import { StreamMemory } from '../protocol/memory/stream-memory.js'
import type { Overflow, StreamPlan, Take } from '../protocol/stream-plan.js'
import { thisThread } from '../protocol/thread.js'
import type { CallOptions } from './call.js'
import type { Connection } from './connection.js'
import { RemoteCall } from './remote-call.js'

/** How values are buffered, and which of them are given. */
export interface StreamSettings {
  readonly buffer: number
  readonly overflow: Overflow
  readonly take: Take
}

/** A call of which all values are wanted: those that came and were not taken wait here. Its outcome, `undefined`, is the end. */
export class StreamCall extends RemoteCall {
  readonly #memory = StreamMemory.allocate()
  readonly #take: Take
  /** Whether values may be too old. */
  readonly #drops: boolean
  readonly #waiting: unknown[] = []
  #received = 0
  /** The first that is not too old, when this was last looked for. */
  #wanted = 0
  /** Came, and was too old to be taken. */
  #skipped = 0

  /**
   * @param timeout - In ms; how long there may be no room for a call.
   * @throws ArgumentNotCloneableError; then there is no call.
   */
  constructor(
    connection: Connection,
    ref: FunctionRef,
    args: readonly unknown[],
    options: CallOptions,
    { buffer, overflow, take }: StreamSettings,
    timeout: number,
  ) {
    super(connection, ref, options)
    this.#take = take
    this.#drops = take === 'latest' || overflow === 'drop-oldest'
    // Whoever takes the newest one alone wants no other, however many wait.
    const plan: StreamPlan =
      take === 'latest'
        ? { buffer, overflow: 'drop-oldest', keep: 1, words: this.#memory.buffer }
        : { buffer, overflow, keep: buffer, words: this.#memory.buffer }
    this.begin(args, timeout, (id, values) => ({ type: 'stream', id, ref, args: values, plan }))
    thisThread.openStreams += 1
    this.observe(() => {
      thisThread.openStreams -= 1
    })
  }

  /** How many values were given to nobody, because there were newer ones or no room. */
  get dropped(): number {
    return this.#memory.dropped + this.#skipped
  }

  override emitted(index: number, values: readonly unknown[]): void {
    if (this.settled !== undefined) return // nobody reads it any more
    if (index !== this.#received) return this.#lost()
    this.#received += values.length
    for (const value of values) this.#waiting.push(value)
  }

  override settleEmpty(): void {
    if (this.sent > this.#received) this.end(() => this.#lostError())
    else super.settleEmpty()
  }

  override get sent(): number {
    return this.#memory.sentOf(this.#received)
  }

  override expectReceived(count: number): void {
    if (this.#received < count) this.#lost()
  }

  /**
   * Sleeps until there is something to take, or the end has come.
   *
   * @param deadline - In ms of `clock.now()`.
   */
  sleepUntilNext(deadline: number): boolean {
    this.#lookForOld()
    if (this.#take === 'each' && this.#hasNext()) return true
    const isThere = (): boolean => this.#hasNext() || this.settled !== undefined
    if (!this.sleepUntil(deadline, isThere)) return false
    if (this.#take === 'each') return true
    // All that has come.
    this.poll()
    // The newest one may be under way, in place of what was there.
    this.#lookForOld()
    return isThere() || this.sleepUntil(deadline, isThere)
  }

  /** What a step gives; `undefined` if there is nothing, but the end. */
  take(): { readonly value: unknown } | undefined {
    if (this.#take === 'latest') this.#wanted = this.#received - 1
    if (!this.#hasNext()) return undefined
    const next = this.#take === 'buffered' ? this.#waiting.splice(0) : this.#waiting.shift()
    this.#tellTaken()
    return { value: next }
  }

  /** Nobody takes what waits. */
  discard(): void {
    this.#waiting.length = 0
  }

  /** Nobody can read it any more, nor leave it. If it has failed, that is still to be said. */
  forgotten(): void {
    this.discard()
    if (this.settled === undefined) this.poll()
    if (this.settled === undefined) this.leave()
  }

  /** Unsubscribes, unless it has ended. */
  leave(): void {
    this.cancel('cancelled', () => new CancelledError(`The stream of ${this.name} was left`))
    this.discard()
  }

  /**
   * Finds out what is too old: twice a step at the most. Of a source that is faster than its values come each is too old soon after it
   * came; who looked again for each would wait for ever. And what was there must still be there when it is taken.
   */
  #lookForOld(): void {
    if (this.#drops) this.#wanted = this.#memory.tooOld(this.#received)
  }

  #hasNext(): boolean {
    if (this.#drops) this.#skipOld()
    return this.#waiting.length > 0
  }

  #skipOld(): void {
    // What was newer may have ended with the reactor: then the newest that came is given.
    const upTo = this.settled === undefined ? this.#wanted : Math.min(this.#wanted, this.#received - 1)
    const count = Math.min(upTo - (this.#received - this.#waiting.length), this.#waiting.length)
    if (count <= 0) return
    this.#waiting.splice(0, count)
    this.#skipped += count
    this.#tellTaken()
  }

  #tellTaken(): void {
    const isWaitedFor = this.#memory.take(this.#received - this.#waiting.length)
    if (isWaitedFor && this.settled === undefined) this.tell((id) => ({ type: 'credit', id }))
  }

  /** A value could not be read by this thread, or the index is a stranger's. */
  #lost(): void {
    this.cancel('cancelled', () => this.#lostError())
  }

  #lostError(): ResultNotCloneableError {
    return new ResultNotCloneableError(`A value of ${this.name} could not be read by its thread`)
  }
}
