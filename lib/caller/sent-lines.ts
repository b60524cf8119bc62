import type { LogLine } from '../protocol/logger.js'
import type { ConnectionMemory } from '../protocol/memory.js'
import type { EncodedLine } from '../protocol/requests.js'
import { encodeThrown } from '../protocol/thrown.js'

/** How many of a thread's lines may wait for the log. */
const MOST_LINES = 1_000

/** The lines that a thread has sent to the reactor's log. How many of them wait there is bounded. */
export class SentLines {
  readonly #memory: ConnectionMemory
  readonly #post: (line: EncodedLine) => void
  #sent = 0
  #dropped = 0

  constructor(memory: ConnectionMemory, post: (line: EncodedLine) => void) {
    this.#memory = memory
    this.#post = post
  }

  get haveRoom(): boolean {
    // Both counts wrap at 32 bits; their difference doesn't.
    return ((this.#sent - this.#memory.lines) | 0) < MOST_LINES
  }

  send(line: LogLine): void {
    if (this.#dropped > 0) {
      const message = `${this.#dropped} lines of this thread were dropped here, for the log was too slow`
      this.#dropped = 0
      this.#send({ level: 'warn', message, details: {} })
    }
    this.#send(line)
  }

  /** Drops a line; the next that is sent says so. */
  drop(): void {
    this.#dropped += 1
  }

  #send({ level, message, details }: LogLine): void {
    this.#sent += 1
    const encoded = Object.entries(details).map(([key, value]) => [key, encodeThrown(value)] as const)
    this.#post({ level, message, details: encoded })
  }
}
