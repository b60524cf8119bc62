import { decodeLine, type EncodedLine, encodeLine } from '../protocol/log-line.js'
import type { LogLine } from '../protocol/logger.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { Phase } from '../protocol/memory/phase.js'
import { writeToStderr } from '../protocol/stderr-line.js'

/** How many of a thread's lines may wait for the log. */
const MOST_LINES = 1_000

/** Where lines are sent. In the others nobody reads what is sent from then on. */
const HEARD: readonly Phase[] = [Phase.ASKED, Phase.ATTACHED, Phase.CLOSING, Phase.STOPPED]

/** Where lines of which the log has not had any word yet may be read, or not. In the others that is sure, as a thread ends. */
const UNDECIDED: readonly Phase[] = [Phase.ASKED, Phase.STOPPED, Phase.RELEASED]

/** Where no line is read that was not. A reactor that detached the thread reads all that was sent before. */
const UNREAD: readonly Phase[] = [Phase.ABANDONED, Phase.GONE, Phase.ORPHANED, Phase.TERMINATED, Phase.REPLACED]

/**
 * The lines that a thread has sent to the reactor's log; how many of them wait there is bounded.
 *
 * Each is written once. Until the reactor counts it, it may be this thread's to write, and so is kept: the reactor counts
 * those that it has read before it moves the phase to GONE, and reads none after. A thread that looks at the phase and
 * sends a line
 *   - before the reactor's last look at the port: it is written there, and counted;
 *   - after that: it is not counted when the phase is GONE, so this thread writes it to standard error, when it next
 *     looks or at its end. When the phase is GONE before this thread looks, it sends nothing and writes it at once.
 *
 * So it is with a reactor that stops before it has accepted the thread, for which it looks at no port at all; and with one
 * whose thread ends, which counts as long as it can. Whoever attaches the thread afterwards doesn't make it read.
 */
export class SentLines {
  readonly #memory: ConnectionMemory
  readonly #post: (line: EncodedLine) => void
  /** Those that the reactor has not counted yet, the oldest first. */
  readonly #waiting: EncodedLine[] = []
  #sent = 0
  /** In 32 bits, as the reactor counts. */
  #counted = 0
  #dropped = 0
  #areStuck = false

  constructor(memory: ConnectionMemory, post: (line: EncodedLine) => void) {
    this.#memory = memory
    this.#post = post
  }

  /** How many were sent. */
  get sent(): number {
    return this.#sent
  }

  /** Whether there was no room for the last. */
  get areStuck(): boolean {
    return this.#areStuck
  }

  /** Whether one more may be written, be it on standard error. */
  get haveRoom(): boolean {
    this.#forgetCounted()
    return !this.#areHeard || this.#waiting.length < MOST_LINES
  }

  /** Whether it depends on the reactor's next step who writes what waits. */
  get areUndecided(): boolean {
    this.#forgetCounted()
    return this.#waiting.length > 0 && UNDECIDED.includes(this.#memory.phase)
  }

  write(line: LogLine): void {
    this.#areStuck = false
    this.reportDropped()
    this.#write(line)
  }

  /** There is no room for a line. What was printed goes to standard error; another is dropped, and the next that is written says so. */
  leaveOut(line: LogLine): void {
    this.#areStuck = true
    if (line.isPrinted) writeToStderr(line)
    else this.#dropped += 1
  }

  reportDropped(): void {
    if (this.#dropped === 0) return
    const message = `${this.#dropped} lines of this thread were dropped here, for the log was too slow`
    this.#dropped = 0
    this.#write({ level: 'warn', message, details: {} })
  }

  /** Writes to standard error what the reactor is not going to read. */
  writeUnread(): void {
    if (!UNREAD.includes(this.#memory.phase)) return
    this.#forgetCounted()
    for (const line of this.#waiting.splice(0)) writeToStderr(decodeLine(line))
  }

  get #areHeard(): boolean {
    return HEARD.includes(this.#memory.phase)
  }

  #write(line: LogLine): void {
    if (!this.#areHeard) {
      this.writeUnread()
      return writeToStderr(line)
    }
    const encoded = encodeLine(line)
    this.#waiting.push(encoded)
    this.#sent += 1
    this.#post(encoded)
  }

  #forgetCounted(): void {
    // Both wrap; their difference doesn't.
    const more = (this.#memory.lines - this.#counted) | 0
    if (more === 0) return
    this.#waiting.splice(0, more)
    this.#counted += more
  }
}
