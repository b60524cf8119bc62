import { decodeLine, type EncodedLine } from '../protocol/log-line.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import type { LogLines } from './log-lines.js'

/** Where a thread comes from, as its lines say. */
export interface Origin {
  /** The file of the pool's tasks, without its folder; absent for a Worker. */
  readonly pool?: string
}

/**
 * The lines that one thread has sent, as its reactor sees them: hands them to the log, and counts for the thread those that
 * the log has had, or that are lost.
 */
export class ThreadLines {
  readonly #memory: ConnectionMemory
  readonly #log: LogLines
  readonly #details: Readonly<Record<string, unknown>>
  /** How many were sent that came, or that could not be read. */
  #known = 0

  constructor(memory: ConnectionMemory, log: LogLines, threadId: number, origin: Origin) {
    this.#memory = memory
    this.#log = log
    this.#details = { thread: threadId, ...origin }
  }

  take(encoded: EncodedLine): void {
    this.#known += 1
    const line = decodeLine(encoded)
    // As with a child logger, details of the same name are kept.
    const details = { ...this.#details, ...line.details }
    this.#log.add({ ...line, details }, () => this.#memory.countLines(1))
  }

  /** The thread says how many it has sent before: those that have not come could not be read. */
  loseUpTo(sent: number): void {
    if (sent <= this.#known) return
    this.#memory.countLines(sent - this.#known)
    this.#known = sent
  }
}
