import { CancelledError, ReactorStopped } from '../errors.js'
import type { Delivery } from '../protocol/thread.js'
import { decodeThrown, type EncodedThrown, isOf } from '../protocol/thrown.js'
import type { Log } from './log.js'

/** A failure that was given to its caller. */
interface Failed {
  /** The function as messages name it. */
  readonly name: string
  readonly thrown: EncodedThrown
  /** The thread that made the call. */
  readonly threadId: number
}

/** Logs failures that nobody can retrieve any more. */
export class FailureLog {
  readonly #log: Log
  #logged = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** How many there were so far. */
  get logged(): number {
    return this.#logged
  }

  add({ name, thrown, threadId }: Failed): void {
    this.#logged += 1
    this.#log.error(`unhandled failure in ${name}, which thread ${threadId} called: nobody has retrieved it`, {
      err: decodeThrown(thrown),
      function: name,
      thread: threadId,
    })
  }
}

/**
 * The failures of one caller's calls that it was given and has not looked at: by then they are the caller's to deal with.
 * What it never looks at is logged when it says that nobody can any more, and at the latest when it is gone itself: a
 * thread that is blocked can't tell what it has forgotten.
 */
export class Unretrieved {
  readonly #log: FailureLog
  #isOver = false
  readonly #failures = new Map<number, Failed>()

  constructor(log: FailureLog) {
    this.#log = log
  }

  /** @param number - The call's. */
  add(number: number, failed: Failed): void {
    // Cancelled calls, and those that a shutdown ended, are nobody's failures.
    if (isOf(CancelledError, failed.thrown) || isOf(ReactorStopped, failed.thrown)) return
    // One that was given away when all were logged was logged with them.
    if (!this.#isOver) this.#failures.set(number, failed)
  }

  /** For a caller in this thread. */
  delivery(number: number): Delivery {
    return { retrieved: () => this.retrieved(number), lost: () => this.lost(number) }
  }

  /** The caller has looked at it, or doesn't want it. */
  retrieved(number: number): void {
    this.#failures.delete(number)
  }

  /** Nobody can look at it any more. */
  lost(number: number): void {
    const failed = this.#failures.get(number)
    if (failed === undefined) return
    this.#failures.delete(number)
    this.#log.add(failed)
  }

  /** The end: whoever could look at them is gone, or may no longer. */
  allLost(): void {
    this.#isOver = true
    for (const number of this.#failures.keys()) this.lost(number)
  }
}
