/**
 * Which failures one caller was given and has not looked at yet.
 *
 * @module
 */
import { CancelledError, ReactorStopped } from '../errors.js'
import type { Delivery } from '../protocol/thread.js'
import { isOf } from '../protocol/thrown.js'
import type { Failed, FailureLog } from './failure-log.js'

/** Of the tasks of one thread this many stretches of calls are known; of older ones, failures still to come are kept like others. */
const MOST_STRETCHES = 64

/**
 * The failures of one caller's calls that it was given and has not looked at: by then they are the caller's to deal with.
 * What it never looks at is logged when it says that nobody can any more, and at the latest when it is gone itself: a
 * thread that is blocked can't tell what it has forgotten.
 */
export class Unretrieved {
  readonly #log: FailureLog
  #isClosed = false
  /** By the call's number: under what the log keeps it. */
  readonly #kept = new Map<number, number>()
  /** The calls of tasks that have ended, in their order. */
  readonly #over: { readonly after: number; readonly upTo: number }[] = []

  constructor(log: FailureLog) {
    this.#log = log
  }

  /** @param number - The call's. */
  add(number: number, failed: Failed): void {
    // Cancelled calls, and those that a shutdown ended, are nobody's failures.
    if (isOf(CancelledError, failed.thrown) || isOf(ReactorStopped, failed.thrown)) return
    // One that was given away when all were logged was logged with them.
    if (this.#isClosed) return
    if (this.#isOver(number)) return this.#log.add([failed])
    const { name, thrown, threadId } = failed
    this.#kept.set(number, this.#log.keep({ name, thrown, threadId, letGo: () => this.lost(number) }))
  }

  /** For a caller in this thread. */
  delivery(number: number): Delivery {
    return { retrieved: () => this.retrieved(number), lost: () => this.lost(number) }
  }

  /** The caller has looked at it, or doesn't want it. */
  retrieved(number: number): void {
    this.#take(number)
  }

  /** Nobody can look at it any more. */
  lost(number: number): void {
    const failed = this.#take(number)
    if (failed !== undefined) this.#log.add([failed])
  }

  /** The tasks have ended that made the calls after the one, up to the other: what fails of these from now on is logged at once. */
  over(after: number, upTo: number): void {
    const last = this.#over.at(-1)
    // Mostly all calls are of tasks, and so it stays one stretch.
    if (last?.upTo === after) this.#over[this.#over.length - 1] = { after: last.after, upTo }
    else if (this.#over.push({ after, upTo }) > MOST_STRETCHES) this.#over.shift()
    this.#lose((number) => number > after && number <= upTo)
  }

  /** The end: whoever could look at them is gone, or may no longer. */
  allLost(): void {
    this.#isClosed = true
    this.#lose(() => true)
  }

  #lose(isLost: (number: number) => boolean): void {
    if (this.#kept.size === 0) return
    this.#log.add([...this.#kept.keys()].filter(isLost).flatMap((number) => this.#take(number) ?? []))
  }

  #take(number: number): Failed | undefined {
    const key = this.#kept.get(number)
    if (key === undefined) return undefined
    this.#kept.delete(number)
    return this.#log.drop(key)
  }

  #isOver(number: number): boolean {
    return this.#over.some(({ after, upTo }) => number > after && number <= upTo)
  }
}
