/**
 * The shared memory of one connection between a calling thread and its reactor, and the one file that uses Atomics.
 *
 * Messages carry what is said: on the connection's port, or, if small, in the two rings of this memory. Its words carry
 * *that* something was said, so that a thread that sleeps can be woken.
 *
 * ```
 *  word  name               written by       read by          always true of it
 *  ────  ─────────────────  ───────────────  ───────────────  ────────────────────────────────────────────────────────
 *   0    PHASE              both             both             only ever grows; see `Phase`
 *   1    NEWS               reactor          calling thread   grows by one (and wraps) after each message to the thread
 *                                                             and each change of PHASE; the one word a thread sleeps on
 *   2    ROOM               reactor, once    calling thread   unfinished calls the thread may have; 1 until it is attached
 *   3    LINES              reactor          calling thread   grows by one (and wraps) with each of the thread's lines that
 *                                                             the log has had, or that could not be read; final when
 *                                                             GONE, ORPHANED or REPLACED
 *   4    SPIN               reactor          calling thread   1 if the thread may look for news before it sleeps; else 0
 *  16    ASLEEP_ON          calling thread   reactor          id of the call it sleeps on, in 32 bits; 0 while awake
 *  32    REQUESTS.WRITTEN   calling thread   reactor          bytes ever written to the ring of requests (and wraps)
 *  48    REQUESTS.READ      reactor          calling thread   bytes ever read from it; never ahead of WRITTEN, and never
 *                                                             behind by more than the ring has
 *  49    REQUESTS.WATCHED   reactor          calling thread   1 while the reactor looks into the ring unasked; else 0, and
 *                                                             only a message on the port makes it look
 *  64    ANSWERS.WRITTEN    reactor          calling thread   ┐
 *  80    ANSWERS.READ       calling thread   reactor          ├ the same of the ring of answers
 *  81    ANSWERS.WATCHED    calling thread   reactor          ┘
 *
 *  byte 384        the ring of requests, 64 KiB
 *  byte 384 + 2^16 the ring of answers, 64 KiB
 * ```
 *
 * Words that different threads write are 64 bytes apart, for cores hand memory to each other by so many.
 *
 * **Why no wake-up is lost.** The reactor first says its thing (posts or writes a message, moves PHASE), then moves NEWS,
 * then notifies. The thread first reads NEWS, then looks at PHASE and its messages, then sleeps *on the value it read*.
 *   - Reactor moves NEWS before the thread reads it: what was said is there already when the thread looks.
 *   - Reactor moves NEWS after the thread read it: the sleep's own comparison fails, and the thread looks again.
 * A notify may also wake a later sleep than the one it was meant for, so a thread never concludes anything from waking:
 * it looks again.
 *
 * **Why no message in a ring is overlooked.** Who writes moves WRITTEN first, and then reads WATCHED. Who reads clears
 * WATCHED first, and then looks once more.
 *   - It was cleared before the writer read it: the writer posts on the port that there is something to look at.
 *   - It was cleared after that: then WRITTEN had moved before, and the last look sees it.
 *
 * @module
 */

const LINE = 16
const Word = {
  PHASE: 0,
  NEWS: 1,
  ROOM: 2,
  LINES: 3,
  SPIN: 4,
  ASLEEP_ON: LINE,
} as const
const REQUESTS: RingWords = { WRITTEN: 2 * LINE, READ: 3 * LINE, WATCHED: 3 * LINE + 1 }
const ANSWERS: RingWords = { WRITTEN: 4 * LINE, READ: 5 * LINE, WATCHED: 5 * LINE + 1 }
const RINGS_AT = 6 * LINE * Int32Array.BYTES_PER_ELEMENT
/** In bytes, each. A power of two, for positions in it are counts of bytes that wrap. */
const RING_SIZE = 2 ** 16
const BYTES = RINGS_AT + 2 * RING_SIZE
const BellWord = { RUNG: 0 } as const

/** Before it looks at the clock, which takes some 50 times as long. */
const LOOKS_AT_A_TIME = 64
/** `ASLEEP_ON` while the thread is awake; call ids start at 1. */
const AWAKE = 0
const ROOM_UNTIL_ATTACHED = 1

/** How far a connection has come. It only moves forward. */
export const Phase = {
  /** The thread asked for a reactor; none has answered yet. */
  ASKED: 0,
  /** The thread gave up asking, before any reactor answered. The end. */
  ABANDONED: 1,
  /** A reactor accepts the thread's calls. */
  ATTACHED: 2,
  /** The reactor is about to stop: it takes no new calls, but those it has may still finish. */
  CLOSING: 3,
  /** The reactor no longer accepts this thread's calls, but lives on. The end of this connection. */
  DETACHED: 4,
  /** The reactor has stopped, but still listens to what the thread has to say. */
  STOPPED: 5,
  /** The reactor has stopped, and doesn't listen any more. The end, unless another reactor takes the thread. */
  GONE: 6,
  /** The reactor's thread has ended, though nobody has stopped the reactor. The end, unless another one takes the thread. */
  ORPHANED: 7,
  /** As STOPPED, but another reactor has attached the thread since. The end of this connection. */
  RELEASED: 8,
  /** As GONE or ORPHANED, but another reactor has attached the thread since. The end of this connection. */
  REPLACED: 9,
} as const
export type Phase = (typeof Phase)[keyof typeof Phase]

interface RingWords {
  readonly WRITTEN: number
  readonly READ: number
  readonly WATCHED: number
}

/** The part of the memory through which messages go in one direction. What is in its bytes `ring.ts` says. */
export class RingMemory {
  readonly bytes: Buffer
  readonly #words: Int32Array
  readonly #at: RingWords

  constructor(buffer: SharedArrayBuffer, from: number, at: RingWords) {
    this.bytes = Buffer.from(buffer, from, RING_SIZE)
    this.#words = new Int32Array(buffer)
    this.#at = at
  }

  /** Bytes ever written, in 32 bits. Moved when they are there: who sees it moved sees them. */
  get written(): number {
    return Atomics.load(this.#words, this.#at.WRITTEN)
  }

  set written(bytes: number) {
    Atomics.store(this.#words, this.#at.WRITTEN, bytes)
  }

  /** Bytes ever read, in 32 bits. Moved when they are no longer needed: they may be written to again. */
  get read(): number {
    return Atomics.load(this.#words, this.#at.READ)
  }

  set read(bytes: number) {
    Atomics.store(this.#words, this.#at.READ, bytes)
  }

  /** Whether its reader looks into it unasked. */
  get isWatched(): boolean {
    return Atomics.load(this.#words, this.#at.WATCHED) !== 0
  }

  set isWatched(isWatched: boolean) {
    Atomics.store(this.#words, this.#at.WATCHED, Number(isWatched))
  }
}

export class ConnectionMemory {
  /** To be shared with the other side. */
  readonly buffer: SharedArrayBuffer
  /** From the thread to the reactor. */
  readonly requests: RingMemory
  /** From the reactor to the thread. */
  readonly answers: RingMemory
  readonly #words: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.requests = new RingMemory(buffer, RINGS_AT, REQUESTS)
    this.answers = new RingMemory(buffer, RINGS_AT + RING_SIZE, ANSWERS)
    this.#words = new Int32Array(buffer)
  }

  /** Calling thread: fresh memory, in phase ASKED. */
  static allocate(): ConnectionMemory {
    const memory = new ConnectionMemory(new SharedArrayBuffer(BYTES))
    Atomics.store(memory.#words, Word.ROOM, ROOM_UNTIL_ATTACHED)
    memory.answers.isWatched = true
    return memory
  }

  /** Reactor: the memory that a thread sent, or `undefined` if what it sent is none. */
  static received(buffer: unknown): ConnectionMemory | undefined {
    return buffer instanceof SharedArrayBuffer && buffer.byteLength === BYTES ? new ConnectionMemory(buffer) : undefined
  }

  get phase(): Phase {
    // The word is written by `#advance` alone, which takes nothing else.
    return Atomics.load(this.#words, Word.PHASE) as Phase
  }

  /** Whether the reactor is about to stop, or has stopped. */
  get isClosing(): boolean {
    return this.phase === Phase.CLOSING || this.phase >= Phase.STOPPED
  }

  // ── The calling thread ───────────────────────────────────────────────────────────────────────────────────────────

  /** How many calls the thread may have unfinished. */
  get room(): number {
    return Atomics.load(this.#words, Word.ROOM)
  }

  /** Whether the thread may look for news before it sleeps. */
  get maySpin(): boolean {
    return Atomics.load(this.#words, Word.SPIN) !== 0
  }

  /** How many of the thread's lines the log has had, or lost; in 32 bits. */
  get lines(): number {
    return Atomics.load(this.#words, Word.LINES)
  }

  /** To be read *before* looking for messages, and given to `sleep` after. */
  get news(): number {
    return Atomics.load(this.#words, Word.NEWS)
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
    const end = performance.now() + ms
    do {
      for (let left = LOOKS_AT_A_TIME; left > 0; left--) {
        if (Atomics.load(this.#words, Word.NEWS) !== seen) return true
      }
    } while (this.maySpin && performance.now() < end)
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
    Atomics.store(this.#words, Word.ASLEEP_ON, callId)
    Atomics.wait(this.#words, Word.NEWS, seen, ms)
    Atomics.store(this.#words, Word.ASLEEP_ON, AWAKE)
  }

  // ── The reactor ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Accepts the thread. `false` if it gave up asking, or if this connection was answered before. */
  attach(room: number, maySpin: boolean): boolean {
    if (this.phase !== Phase.ASKED) return false
    // They stand before the phase says so: a thread that sees ATTACHED sees them.
    Atomics.store(this.#words, Word.ROOM, room)
    this.letSpin(maySpin)
    if (!this.#advance(Phase.ATTACHED, Phase.ASKED)) return false
    this.announce()
    return true
  }

  /**
   * Takes no new calls. A thread looks at the phase before it posts a call, so what was posted with an older look
   * arrives like any call before, and may still finish.
   */
  close(): void {
    if (this.#advance(Phase.CLOSING, Phase.ATTACHED)) this.announce()
  }

  /** Says whether the thread may look for news before it sleeps. */
  letSpin(maySpin: boolean): void {
    Atomics.store(this.#words, Word.SPIN, Number(maySpin))
  }

  /** Ends this connection, while the reactor lives on. */
  detach(): void {
    if (this.#advance(Phase.DETACHED, Phase.ATTACHED, Phase.CLOSING)) this.announce()
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

  /** Lets the thread ask again, for another reactor has attached it. */
  release(): void {
    const isHeard = this.#advance(Phase.RELEASED, Phase.STOPPED)
    if (isHeard || this.#advance(Phase.REPLACED, Phase.GONE, Phase.ORPHANED)) this.announce()
  }

  /** The log has had more of the thread's lines, or they could not be read. */
  countLines(more: number): void {
    Atomics.add(this.#words, Word.LINES, more)
    this.announce()
  }

  /** Says that there is news: to be called after a message was posted. */
  announce(): void {
    Atomics.add(this.#words, Word.NEWS, 1)
    Atomics.notify(this.#words, Word.NEWS)
  }

  /** Whether the thread sleeps. */
  get isAsleep(): boolean {
    return Atomics.load(this.#words, Word.ASLEEP_ON) !== AWAKE
  }

  /** Whether the thread sleeps on that call now. */
  isAsleepOn(callId: number): boolean {
    // Ids grow beyond 32 bits, the word does not; a thread never has 2^32 calls unfinished, so the low bits tell them apart.
    return Atomics.load(this.#words, Word.ASLEEP_ON) === (callId | 0)
  }

  /** Moves the phase from one of `from` to `to`, which is later; `false` if it is another, maybe by the other side. */
  #advance(to: Phase, ...from: readonly Phase[]): boolean {
    return from.some((phase) => Atomics.compareExchange(this.#words, Word.PHASE, phase, to) === phase)
  }
}

/**
 * One word by which one thread wakes another, once: 0, then 1.
 */
export class Bell {
  /** To be shared with the other side. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  static allocate(): Bell {
    return new Bell(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  }

  static received(buffer: unknown): Bell | undefined {
    const isOne = buffer instanceof SharedArrayBuffer && buffer.byteLength === Int32Array.BYTES_PER_ELEMENT
    return isOne ? new Bell(buffer) : undefined
  }

  /** What is to be found by then is there before. */
  ring(): void {
    Atomics.store(this.#words, BellWord.RUNG, 1)
    Atomics.notify(this.#words, BellWord.RUNG)
  }

  /** Sleeps until it is rung, or `ms` have passed; not at all if it was. */
  sleep(ms: number): void {
    Atomics.wait(this.#words, BellWord.RUNG, 0, ms)
  }
}
