import * as clock from '../protocol/clock.js'
import type { LogLine } from '../protocol/logger.js'
import type { LineWriter } from '../protocol/thread.js'
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
export class LogLines implements LineWriter {
  readonly #log: Log
  readonly #waiting: Waiting[] = []
  #isWriting = false

  constructor(log: Log) {
    this.#log = log
  }

  /** @param written - Called when the logger has had the line. */
  add(line: LogLine, written: () => void): void {
    this.#waiting.push({ line, written })
    if (!this.#isWriting) void this.#write()
  }

  /** A line of the reactor's own thread: behind those that came before, such as of the thread that has made the call. */
  write(line: LogLine): void {
    this.flush()
    this.#log.write(line)
  }

  /** Writes all that waits, now. */
  flush(): void {
    this.#writeUntil(Number.POSITIVE_INFINITY)
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    // The first line comes while the loop is at other work, too.
    do await clock.nextTurn()
    while (this.#writeUntil(clock.now() + TIME_SLICE))
    this.#isWriting = false
  }

  /**
   * Writes one line at least, if any waits.
   *
   * @param end - In ms of `clock.now()`.
   * @returns Whether there is more.
   */
  #writeUntil(end: number): boolean {
    do {
      // It waits no more while it is written: a logger that ends the process has what waits flushed.
      const next = this.#waiting.shift()
      if (next === undefined) return false
      this.#log.write(next.line)
      next.written()
    } while (clock.now() < end)
    return this.#waiting.length > 0
  }
}
