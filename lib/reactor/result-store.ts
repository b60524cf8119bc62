import { threadId } from 'node:worker_threads'
import { ReactorStopped, ResultNotFoundError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import type { StoreLimits } from '../protocol/limits.js'
import { LONGEST_TIMER } from '../protocol/longest-timer.js'
import type { Outcome } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'
import type { Call, Caller } from './call.js'
import type { FailureLog } from './failure-log.js'
import type { Log } from './log.js'
import { Unretrieved } from './unretrieved.js'

/** What the store gives away. */
export type Stashed =
  /** An unfinished call, which is the caller's from now on. */
  | { readonly name: string; readonly call: Call; readonly outcome: undefined }
  | { readonly name: string; readonly call: undefined; readonly outcome: Outcome }

/** Whose result it is. */
interface Origin {
  readonly uid: string
  /** The function as messages name it. */
  readonly name: string
  /** The thread that made the call. */
  readonly threadId: number
}

/** Where the store keeps it. */
interface Entry extends Origin {
  /** While it is unfinished; then there is an outcome. */
  call: Call | undefined
  outcome: Outcome | undefined
  stopTimer?: () => void
}

/**
 * Results that their callers have stashed, by uid. Each is given away once. The store is the caller of those that are
 * unfinished: they go on, though whoever made them may be gone; and who retrieves one is its next caller.
 */
export class ResultStore implements Caller {
  readonly ordinal = 'stashed'
  readonly threadId = threadId
  readonly #limits: StoreLimits
  readonly #log: Log
  readonly #unretrieved: Unretrieved
  /** By number, the oldest first. */
  readonly #entries = new Map<number, Entry>()
  readonly #numbers = new Map<string, number>()
  #last = 0
  #isReleased = false

  constructor(limits: StoreLimits, log: Log, failures: FailureLog) {
    this.#limits = limits
    this.#log = log
    this.#unretrieved = new Unretrieved(failures)
  }

  /** The unfinished ones. */
  *calls(): Generator<Call, void> {
    for (const { call } of this.#entries.values()) if (call !== undefined) yield call
  }

  get isBusy(): boolean {
    return this.calls().next().done !== true
  }

  /** Whether calls are unfinished for which a shutdown waits in its grace. */
  get holdsShutdown(): boolean {
    for (const call of this.calls()) if (call.holdsShutdown) return true
    return false
  }

  /** Takes over an unfinished call. */
  keep(uid: string, call: Call, defaultValue: unknown): void {
    const { name, threadId } = call
    call.bringDefault(defaultValue)
    call.moveTo(this, this.#add({ uid, name, threadId, call, outcome: undefined }))
  }

  /** @throws ReactorStopped */
  put(origin: Origin, outcome: Outcome): void {
    if (this.#isReleased) {
      throw new ReactorStopped(`The result of ${origin.name} was to be stashed after its reactor had stopped`)
    }
    // The same once more: who put it had given up waiting for the answer.
    if (this.#numbers.has(origin.uid)) return
    const entry = { ...origin, call: undefined, outcome }
    this.#noteFailure(this.#add(entry), entry)
  }

  /**
   * Gives a result away; its uid is used then.
   *
   * @throws ResultNotFoundError
   */
  take(uid: string): Stashed {
    const number = this.#numbers.get(uid)
    const entry = number === undefined ? undefined : this.#entries.get(number)
    if (number === undefined || entry === undefined) {
      throw new ResultNotFoundError(
        'retrieveResult() was given a uid under which there is no result: it is unknown, or its result was retrieved or dropped',
      )
    }
    this.#remove(number, entry)
    // From here on a failure is with who retrieves it.
    this.#unretrieved.retrieved(number)
    return entry as Stashed // an entry has either the one or the other
  }

  settled({ number }: Call, outcome: Outcome): void {
    const entry = this.#entries.get(number)
    if (entry === undefined) return
    entry.call = undefined
    entry.outcome = outcome
    this.#noteFailure(number, entry)
  }

  /** Ends the unfinished calls with that failure, and unsubscribes them, one a step; returns how many there were. */
  *interrupt(reason: Error): Generator<void, number> {
    let interrupted = 0
    for (const call of this.calls()) {
      this.settled(call, { type: 'failure', thrown: reason })
      call.cancel(reason)
      interrupted += 1
      yield
    }
    return interrupted
  }

  /** The reactor has stopped: failures that nobody has retrieved are logged. They can be retrieved still. */
  release(): void {
    this.#isReleased = true
    this.#unretrieved.allLost()
    for (const { stopTimer } of this.#entries.values()) stopTimer?.()
  }

  /** Returns its number. */
  #add(entry: Entry): number {
    this.#last += 1
    const number = this.#last
    this.#entries.set(number, entry)
    this.#numbers.set(entry.uid, number)
    const { maxStashed, stashTtl } = this.#limits
    if (stashTtl <= LONGEST_TIMER) {
      const why = `it was not retrieved within \`stashTtl\`, ${stashTtl} ms`
      entry.stopTimer = clock.after(stashTtl, () => this.#drop(number, entry, why), { ref: false })
    }
    for (const [oldest, dropped] of this.#entries) {
      if (this.#entries.size <= maxStashed) break
      this.#drop(oldest, dropped, `there were more than \`maxStashed\`, ${maxStashed}`)
    }
    return number
  }

  #remove(number: number, { uid, stopTimer }: Entry): void {
    this.#entries.delete(number)
    this.#numbers.delete(uid)
    stopTimer?.()
  }

  #drop(number: number, entry: Entry, why: string): void {
    const { name, call } = entry
    this.#remove(number, entry)
    this.#log.warn(`Dropped the stashed result of ${name}: ${why}`, { function: name })
    this.#unretrieved.lost(number)
    call?.cancel(new ResultNotFoundError(`The stashed result of ${name} was dropped: ${why}`))
  }

  #noteFailure(number: number, { name, threadId, outcome }: Entry): void {
    if (outcome?.type !== 'failure') return
    this.#unretrieved.add(number, { name, threadId, thrown: encodeThrown(outcome.thrown) })
  }
}
