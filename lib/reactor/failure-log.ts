/**
 * The failures of all of a reactor's callers that these have not looked at, and the log of those that nobody will.
 *
 * @module
 */
import * as clock from '../protocol/clock.js'
import { decodeThrown, type EncodedThrown } from '../protocol/thrown.js'
import { inSlices } from './in-slices.js'
import type { Log } from './log.js'

/** A failure that was given to its caller. */
export interface Failed {
  /** The function as messages name it. */
  readonly name: string
  readonly thrown: EncodedThrown
  /** The thread that made the call. */
  readonly threadId: number
}

/** One that its caller has not looked at, and may yet. */
export interface Kept extends Failed {
  /** To be told that it isn't kept any more, for there are too many. */
  letGo(): void
}

/** Logs failures that nobody can retrieve any more. Keeps those that somebody may yet, but no more than so many. */
export class FailureLog {
  readonly #log: Log
  readonly #most: number
  /** In the order in which they came, by a number that grows. */
  readonly #kept = new Map<number, Kept>()
  #last = 0
  /** None that is kept has a lower number. */
  #oldest = 1
  /** What is still to be written. */
  readonly #waiting: Failed[] = []
  #writing: Promise<void> | undefined
  #logged = 0

  /** @param most - How many are kept. */
  constructor(log: Log, most: number) {
    this.#log = log
    this.#most = most
  }

  /** How many there were so far, those too that are still to be written. */
  get logged(): number {
    return this.#logged
  }

  /** Keeps one; of more than are kept, the oldest is let go. Returns by what it is dropped. */
  keep(kept: Kept): number {
    this.#last += 1
    this.#kept.set(this.#last, kept)
    if (this.#kept.size > this.#most) this.#letOldestGo()
    return this.#last
  }

  drop(key: number): Failed | undefined {
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
    return kept
  }

  /**
   * Logs them, not at once but between the loop's other work: they may be thousands, and a logger takes its time. Of more than may be
   * kept the first are written now, so that they never pile up here instead.
   */
  add(failures: readonly Failed[]): void {
    for (const failed of failures) {
      this.#logged += 1
      if (this.#waiting.push(failed) > this.#most) this.#writeNext()
    }
    if (this.#waiting.length > 0) this.#writing ??= this.#write()
  }

  /** Writes all that waits, now. */
  flush(): void {
    while (this.#writeNext());
  }

  /** Resolves when all that waits is written. */
  async written(): Promise<void> {
    await this.#writing
  }

  async #write(): Promise<void> {
    await clock.nextTurn()
    await inSlices(this.#rest())
    this.#writing = undefined
  }

  *#rest(): Generator<void, void> {
    while (this.#writeNext()) yield
  }

  /** Returns whether there was one. */
  #writeNext(): boolean {
    const failed = this.#waiting.shift()
    if (failed === undefined) return false
    const { name, thrown, threadId } = failed
    this.#log.error(`unhandled failure in ${name}, which thread ${threadId} called: nobody has retrieved it`, {
      err: decodeThrown(thrown),
      function: name,
      thread: threadId,
    })
    return true
  }

  #letOldestGo(): void {
    for (; this.#oldest <= this.#last; this.#oldest++) {
      const kept = this.#kept.get(this.#oldest)
      if (kept !== undefined) return kept.letGo()
    }
  }
}
