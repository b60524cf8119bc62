import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogLine } from '../protocol/logger.js'
import type { Log } from './log.js'
import { TIME_SLICE } from './main-loop-scheduler.js'

interface Waiting {
  readonly line: LogLine
  readonly written: () => void
}

/**
 * The lines that threads log, on their way to the logger. They are written between the loop's other work, a slice a turn,
 * so that calls don't queue up behind a slow logger. How many wait is for the threads to bound.
 */
export class LogLines {
  readonly #log: Log
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(log: Log) {
    this.#log = log
  }

  /** @param written - Called when the logger has had the line. */
  add(line: LogLine, written: () => void): void {
    this.#waiting.push({ line, written })
    if (!this.#isWriting) void this.#write()
  }

  /** Writes all that waits, now. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { line, written } of waiting) {
      this.#log.write(line)
      written()
    }
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    // The first line comes while the loop is at other work, too.
    do await nextTurn()
    while (this.#writeSlice())
    this.#isWriting = false
  }

  /** Returns whether there is more. */
  #writeSlice(): boolean {
    const end = performance.now() + TIME_SLICE
    let taken = 0
    for (const { line, written } of this.#waiting) {
      taken += 1
      this.#log.write(line)
      written()
      if (performance.now() >= end) break
    }
    this.#waiting = this.#waiting.slice(taken)
    return this.#waiting.length > 0
  }
}
