import { STREAM_BYTES, StreamWord, Words } from './words.js'

/**
 * The words of one stream: how far its thread has read. Values themselves are messages.
 *
 * **Why a stream that waits for room always goes on.** The reactor sets PAUSED and then looks at TAKEN; the thread moves TAKEN and
 * then looks at PAUSED.
 *   - The thread looks before PAUSED is set: TAKEN was moved before, and the reactor, which looks after, sees it and goes on.
 *   - The thread looks after that: it sees PAUSED, and if it has taken enough, it says so. Both may happen: who says so to a
 *     reactor that went on says nothing new.
 *
 * RESUME_AT is never ahead of SENT, so a thread that has taken all that came has said so.
 */
export class StreamMemory {
  readonly buffer: SharedArrayBuffer
  readonly #words: Words<StreamWord>

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Words(buffer)
  }

  /** Calling thread: the words of a new stream. */
  static allocate(): StreamMemory {
    return new StreamMemory(new SharedArrayBuffer(STREAM_BYTES))
  }

  /** Reactor: those that came with the request; `undefined` for something else. */
  static received(buffer: SharedArrayBuffer): StreamMemory | undefined {
    return buffer.byteLength === STREAM_BYTES ? new StreamMemory(buffer) : undefined
  }

  // ── The calling thread ───────────────────────────────────────────────────────────────────────────────────────────

  /** How many of so many received ones are too old. */
  tooOld(received: number): number {
    return received + ((this.#words.load(StreamWord.WANTED) - received) | 0)
  }

  /** How many were sent, given how many of them were received. */
  sentOf(received: number): number {
    return received + ((this.#words.load(StreamWord.SENT) - received) | 0)
  }

  get dropped(): number {
    return this.#words.load(StreamWord.DROPPED) >>> 0
  }

  /** So many have been taken; returns whether the reactor is to be told. */
  take(taken: number): boolean {
    this.#words.store(StreamWord.TAKEN, taken)
    if (this.#words.load(StreamWord.PAUSED) === 0) return false
    if (((taken - this.#words.load(StreamWord.RESUME_AT)) | 0) < 0) return false
    return this.#words.exchange(StreamWord.PAUSED, 0) === 1
  }

  // ── The reactor ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** How many of so many sent ones have not been taken. */
  waiting(sent: number): number {
    return (sent - this.#words.load(StreamWord.TAKEN)) | 0
  }

  /** So many are sent, the last of them right now. */
  sent(count: number): void {
    this.#words.store(StreamWord.SENT, count)
  }

  /** Those before that one are too old. */
  want(first: number): void {
    this.#words.store(StreamWord.WANTED, first)
  }

  drop(): void {
    this.#words.add(StreamWord.DROPPED, 1)
  }

  /** The reactor waits for that; returns `false` if so many have been taken already. */
  pause(sent: number, mostWaiting: number): boolean {
    this.#words.store(StreamWord.RESUME_AT, sent - mostWaiting)
    this.#words.store(StreamWord.PAUSED, 1)
    if (this.waiting(sent) > mostWaiting) return true
    this.#words.store(StreamWord.PAUSED, 0)
    return false
  }
}
