import { types } from 'node:util'
import * as clock from '../clock.js'
import { Phase } from './phase.js'
import { RingMemory } from './ring-memory.js'
import { Spin } from './spin.js'
import { ANSWERS, CONNECTION_BYTES, ConnectionWord, REQUESTS, Words } from './words.js'

/** Before it looks at the clock, which takes some 50 times as long. */
const LOOKS_AT_A_TIME = 64
/** `ASLEEP_ON` while the thread is awake; call ids start at 1. */
const AWAKE = 0
const ROOM_UNTIL_ATTACHED = 1

/**
 * The shared memory of one connection between a calling thread and its reactor.
 *
 * Messages carry what is said: on the connection's port, or, if small, in the two rings of this memory. Its words carry
 * *that* something was said, so that a thread that sleeps can be woken.
 *
 * **Why no wake-up is lost.** The reactor first says its thing (posts or writes a message, moves PHASE), then moves NEWS,
 * then notifies. The thread first reads NEWS, then looks at PHASE and its messages, then sleeps *on the value it read*.
 *   - Reactor moves NEWS before the thread reads it: what was said is there already when the thread looks.
 *   - Reactor moves NEWS after the thread read it: the sleep's own comparison fails, and the thread looks again.
 * A notify may also wake a later sleep than the one it was meant for, so a thread never concludes anything from waking:
 * it looks again.
 */
export class ConnectionMemory {
  /** To be shared with the other side. */
  readonly buffer: SharedArrayBuffer
  /** From the thread to the reactor. */
  readonly requests: RingMemory
  /** From the reactor to the thread. */
  readonly answers: RingMemory
  readonly #words: Words<ConnectionWord>

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.requests = new RingMemory(buffer, REQUESTS)
    this.answers = new RingMemory(buffer, ANSWERS)
    this.#words = new Words(buffer)
  }

  /** Calling thread: fresh memory, in phase ASKED. */
  static allocate(): ConnectionMemory {
    const memory = new ConnectionMemory(new SharedArrayBuffer(CONNECTION_BYTES))
    memory.#words.store(ConnectionWord.ROOM, ROOM_UNTIL_ATTACHED)
    memory.answers.isWatched = true
    return memory
  }

  /** Reactor: the memory that a thread sent, or `undefined` if what it sent is none. */
  static received(buffer: unknown): ConnectionMemory | undefined {
    return types.isSharedArrayBuffer(buffer) && buffer.byteLength === CONNECTION_BYTES
      ? new ConnectionMemory(buffer)
      : undefined
  }

  get phase(): Phase {
    // The word is written by `#advance` alone, which takes nothing else.
    return this.#words.load(ConnectionWord.PHASE) as Phase
  }

  /** Whether the reactor is about to stop, or has stopped. */
  get isClosing(): boolean {
    return this.phase === Phase.CLOSING || this.phase >= Phase.STOPPED
  }

  /** Whether it has ended though its reactor may live on, and nobody sleeps on it. */
  get isDone(): boolean {
    return this.phase === Phase.ABANDONED || this.phase === Phase.DETACHED
  }

  // ── The calling thread ───────────────────────────────────────────────────────────────────────────────────────────

  /** How many calls the thread may have unfinished. */
  get room(): number {
    return this.#words.load(ConnectionWord.ROOM)
  }

  /** Whether the thread may look for news before it sleeps. */
  get spin(): Spin {
    // The word is written by `letSpin` alone, which takes nothing else.
    return this.#words.load(ConnectionWord.SPIN) as Spin
  }

  /** How many of the thread's lines the log has had, or lost; in 32 bits. */
  get lines(): number {
    return this.#words.load(ConnectionWord.LINES)
  }

  /** To be read *before* looking for messages, and given to `sleep` after. */
  get news(): number {
    return this.#words.load(ConnectionWord.NEWS)
  }

  /** Gives up asking. `false` if a reactor was faster: then the thread is attached, or the reactor has stopped. */
  abandon(): boolean {
    return this.#advance(Phase.ABANDONED, Phase.ASKED)
  }

  /**
   * Looks for news without sleeping; returns whether there is.
   *
   * @param seen - As for `sleep`.
   * @param ms - How long to look at the most.
   */
  watch(seen: number, ms: number): boolean {
    const end = clock.now() + ms
    do {
      for (let left = LOOKS_AT_A_TIME; left > 0; left--) {
        if (this.#words.load(ConnectionWord.NEWS) !== seen) return true
      }
    } while (this.spin !== Spin.NEVER && clock.now() < end)
    return false
  }

  /**
   * Sleeps until there is news, or `ms` have passed, whichever is first; it may also wake for nothing.
   *
   * @param seen - `news` as it was before the thread last looked for messages.
   * @param ms - At least 0; `Infinity` for no bound.
   * @param callId - The call that the thread sleeps on.
   */
  sleep(seen: number, ms: number, callId: number): void {
    this.#words.store(ConnectionWord.ASLEEP_ON, callId)
    this.#words.sleep(ConnectionWord.NEWS, seen, ms)
    this.#words.store(ConnectionWord.ASLEEP_ON, AWAKE)
  }

  // ── The reactor ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Accepts the thread. `false` if it gave up asking, or if this connection was answered before. */
  attach(room: number, spin: Spin): boolean {
    if (this.phase !== Phase.ASKED) return false
    // They stand before the phase says so: a thread that sees ATTACHED sees them.
    this.#words.store(ConnectionWord.ROOM, room)
    this.letSpin(spin)
    if (!this.#advance(Phase.ATTACHED, Phase.ASKED)) return false
    this.announce()
    return true
  }

  /** The reactor is about to stop; nothing changes for the thread's calls, so it isn't woken. */
  close(): void {
    this.#advance(Phase.CLOSING, Phase.ATTACHED)
  }

  /** Says whether the thread may look for news before it sleeps. */
  letSpin(spin: Spin): void {
    this.#words.store(ConnectionWord.SPIN, spin)
  }

  /** Ends this connection, while the reactor lives on. */
  detach(): void {
    if (this.#advance(Phase.DETACHED, Phase.CLOSING, Phase.ATTACHED, Phase.ASKED)) this.announce()
  }

  /** Ends this connection, for the reactor has stopped. All that was posted before is still the thread's to read. */
  stop(): void {
    if (this.#advance(Phase.STOPPED, Phase.CLOSING, Phase.ATTACHED, Phase.ASKED)) this.announce()
  }

  /** Listens no more. */
  leave(): void {
    if (this.#advance(Phase.GONE, Phase.STOPPED) || this.#advance(Phase.REPLACED, Phase.RELEASED)) this.announce()
  }

  /** Ends this connection, for the reactor's thread has ended, or is about to. */
  orphan(): void {
    if (this.#advance(Phase.ORPHANED, Phase.CLOSING, Phase.ATTACHED, Phase.ASKED)) this.announce()
    else this.leave()
  }

  /** Ends this connection, for the reactor's thread was terminated. */
  terminate(): void {
    if (this.#advance(Phase.TERMINATED, Phase.CLOSING, Phase.ATTACHED, Phase.ASKED)) this.announce()
    else this.leave()
  }

  /** Lets the thread ask again, for another reactor has attached it. */
  release(): void {
    const isHeard = this.#advance(Phase.RELEASED, Phase.STOPPED)
    if (isHeard || this.#advance(Phase.REPLACED, Phase.GONE, Phase.ORPHANED, Phase.TERMINATED)) this.announce()
  }

  /** The log has had more of the thread's lines, or they could not be read. */
  countLines(more: number): void {
    this.#words.add(ConnectionWord.LINES, more)
    this.announce()
  }

  /** Says that there is news: to be called after a message was posted. */
  announce(): void {
    this.#words.add(ConnectionWord.NEWS, 1)
    this.#words.notify(ConnectionWord.NEWS)
  }

  /** Whether the thread looks for news before it sleeps, if it may. */
  get isPatient(): boolean {
    return this.#words.load(ConnectionWord.IMPATIENT) === 0
  }

  set isPatient(isPatient: boolean) {
    this.#words.store(ConnectionWord.IMPATIENT, Number(!isPatient))
  }

  /** Whether the thread sleeps. */
  get isAsleep(): boolean {
    return this.#words.load(ConnectionWord.ASLEEP_ON) !== AWAKE
  }

  /** Whether the thread sleeps on that call now. */
  isAsleepOn(callId: number): boolean {
    // Ids grow beyond 32 bits, the word does not; a thread never has 2^32 calls unfinished, so the low bits tell them apart.
    return this.#words.load(ConnectionWord.ASLEEP_ON) === (callId | 0)
  }

  /** Moves the phase from one of `from` to `to`, which is later; `false` if it is another, maybe by the other side. */
  #advance(to: Phase, ...from: readonly Phase[]): boolean {
    return this.#words.advance(ConnectionWord.PHASE, to, from)
  }
}
