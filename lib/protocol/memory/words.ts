/**
 * The words of memory that threads share: where each is, what is always true of it, and what can be done with one. It is the
 * one file that uses Atomics. In which order words move, and why that is safe, is said where they are moved.
 *
 * @module
 */

// Words that different threads write are 64 bytes apart, for cores hand memory to each other by so many.
const LINE = 16
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT

type ValueOf<Map> = Map[keyof Map]

/**
 * The memory of one connection between a calling thread and its reactor: words, and then two rings; see `ConnectionMemory`.
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
 *                                                             GONE, ORPHANED, TERMINATED or REPLACED
 *   4    SPIN               reactor          calling thread   whether the thread may look for news before it sleeps; see
 *                                                             `Spin`
 *  16    ASLEEP_ON          calling thread   reactor          id of the call it sleeps on, in 32 bits; 0 while awake
 *  17    IMPATIENT          calling thread   reactor          1 while the thread sleeps at once when it waits; else 0
 *  32    REQUESTS.WRITTEN   calling thread   reactor          bytes ever written to the ring of requests (and wraps)
 *  48    REQUESTS.READ      reactor          calling thread   bytes ever read from it; never ahead of WRITTEN, and never
 *                                                             behind by more than the ring has
 *  49    REQUESTS.WATCHED   reactor          calling thread   1 while the reactor looks into the ring unasked; else 0, and
 *                                                             only a message on the port makes it look
 *  64    ANSWERS.WRITTEN    reactor          calling thread   ┐
 *  80    ANSWERS.READ       calling thread   reactor          ├ the same of the ring of answers
 *  81    ANSWERS.WATCHED    calling thread   reactor          ┘
 *
 *  byte 384        the ring of requests, 256 KiB
 *  byte 384 + 2^18 the ring of answers, 256 KiB
 * ```
 */
export const ConnectionWord = {
  PHASE: 0,
  NEWS: 1,
  ROOM: 2,
  LINES: 3,
  SPIN: 4,
  ASLEEP_ON: LINE,
  IMPATIENT: LINE + 1,
} as const
export type ConnectionWord = ValueOf<typeof ConnectionWord>

/** Where a ring is, and where its words are; see `RingMemory`. */
export interface RingPlace {
  readonly WRITTEN: number
  readonly READ: number
  readonly WATCHED: number
  /** Of the ring, in bytes. */
  readonly FROM: number
}

/** Of each ring. A power of two, for positions in it are counts of bytes that wrap. */
export const RING_BYTES = 2 ** 18
const RINGS_AT = 6 * LINE * WORD_BYTES
export const REQUESTS: RingPlace = { WRITTEN: 2 * LINE, READ: 3 * LINE, WATCHED: 3 * LINE + 1, FROM: RINGS_AT }
export const ANSWERS: RingPlace = {
  WRITTEN: 4 * LINE,
  READ: 5 * LINE,
  WATCHED: 5 * LINE + 1,
  FROM: RINGS_AT + RING_BYTES,
}
export const CONNECTION_BYTES = RINGS_AT + 2 * RING_BYTES

/**
 * The memory of a `Bell`.
 *
 * ```
 *  word  name   written by  read by  always true of it
 *  ────  ─────  ──────────  ───────  ────────────────────────────────────────────────────────────────────────────────
 *   0    RUNG   ringer      sleeper  0 until it is rung, and then 1; the one word the sleeper sleeps on
 *   1    BEATS  ringer      sleeper  grows by one (and wraps) from time to time while the ringer's loop turns; 0 until
 *                                    the ringer knows of the bell
 * ```
 */
export const BellWord = { RUNG: 0, BEATS: 1 } as const
export type BellWord = ValueOf<typeof BellWord>
export const BELL_BYTES = Object.keys(BellWord).length * WORD_BYTES

/**
 * The memory of the level of one log; see `LogThreshold`.
 *
 * ```
 *  word  name    written by      read by              always true of it
 *  ────  ──────  ──────────────  ───────────────────  ───────────────────────────────
 *   0    LEVEL   calling thread  both                 an index of `LOG_LEVELS`
 * ```
 */
export const ThresholdWord = { LEVEL: 0 } as const
export type ThresholdWord = ValueOf<typeof ThresholdWord>
export const THRESHOLD_BYTES = Object.keys(ThresholdWord).length * WORD_BYTES

/**
 * The words of one task of a pool, as long as it runs; see `TaskMemory`. Many tasks have theirs in one memory.
 *
 * ```
 *  word  name     written by  read by  always true of it
 *  ────  ───────  ──────────  ───────  ─────────────────────────────────────────────────────────────────────────────
 *   0    SERIAL   owner       thread   the task that has these words; another one's may be next
 *   1    STATE    both        both     only ever grows, for one task; see `TaskState`
 *   2    NEWS     owner       thread   grows by one (and wraps) with each change for which the thread may sleep
 *   3    TAKEN    owner       thread   how many of the emitted values have been handed on; in 32 bits
 *   4    WAKE_AT  thread      owner    the count in TAKEN at which the thread is to be woken
 *   5    CHANNEL  thread      owner    the id of the thread through whose channel it emits; 0 while it does not
 * ```
 */
export const TaskWord = { SERIAL: 0, STATE: 1, NEWS: 2, TAKEN: 3, WAKE_AT: 4, CHANNEL: 5 } as const
export type TaskWord = ValueOf<typeof TaskWord>
export const TASK_WORDS = Object.keys(TaskWord).length
export const TASK_BYTES = TASK_WORDS * WORD_BYTES

/**
 * The memory of one stream, which comes with its request; see `StreamMemory`.
 *
 * ```
 *  word  name       written by       read by          always true of it
 *  ────  ─────────  ───────────────  ───────────────  ──────────────────────────────────────────────────────────────
 *   0    SENT       reactor          calling thread   how many values were sent, in 32 bits; the last may be about to be
 *   1    TAKEN      calling thread   reactor          how many of them the thread is done with, in 32 bits
 *   2    WANTED     reactor          calling thread   the first of those sent that is not too old, in 32 bits
 *   3    DROPPED    reactor          calling thread   how many were dropped and never sent, in 32 bits
 *   4    RESUME_AT  reactor          calling thread   the count in TAKEN at which the reactor wants credit; never
 *                                                    ahead of SENT
 *   5    PAUSED     both             both             1 while it wants that; else 0
 * ```
 */
export const StreamWord = { SENT: 0, TAKEN: 1, WANTED: 2, DROPPED: 3, RESUME_AT: 4, PAUSED: 5 } as const
export type StreamWord = ValueOf<typeof StreamWord>
export const STREAM_BYTES = Object.keys(StreamWord).length * WORD_BYTES

/**
 * Words in shared memory, each a number of 32 bits with its sign. All threads see them move in one order: who sees that a word
 * has moved also sees what was written before it was.
 *
 * @typeParam Word - Which there are: those of one of the maps above.
 */
export class Words<Word extends number> {
  readonly #words: Int32Array

  /**
   * @param at - Of the first one, in words.
   * @param count - How many there are. Default: all that follow.
   */
  constructor(buffer: SharedArrayBuffer, at = 0, count?: number) {
    this.#words = new Int32Array(buffer, at * WORD_BYTES, count)
  }

  load(word: Word): number {
    return Atomics.load(this.#words, word)
  }

  store(word: Word, value: number): void {
    Atomics.store(this.#words, word, value)
  }

  /** Stores 0 in all. */
  clear(): void {
    for (let word = 0; word < this.#words.length; word++) Atomics.store(this.#words, word, 0)
  }

  /** Returns what it was before. */
  add(word: Word, more: number): number {
    return Atomics.add(this.#words, word, more)
  }

  /** Returns what it was before. */
  exchange(word: Word, value: number): number {
    return Atomics.exchange(this.#words, word, value)
  }

  /** Moves it to `to` from the first of `from` that it is, tried one by one; `false` if it was none when that was tried. */
  advance(word: Word, to: number, from: readonly number[]): boolean {
    return from.some((value) => Atomics.compareExchange(this.#words, word, value, to) === value)
  }

  /**
   * Sleeps until it is notified, or `ms` have passed; not at all if the word is no longer what was seen. May wake for nothing.
   *
   * @param ms - At least 0.
   */
  sleep(word: Word, seen: number, ms = Number.POSITIVE_INFINITY): void {
    Atomics.wait(this.#words, word, seen, ms)
  }

  /** As `sleep`, if awaited; but this thread's loop goes on. Doesn't keep it alive. */
  sleepAsync(word: Word, seen: number, ms = Number.POSITIVE_INFINITY): Promise<unknown> | string {
    return Atomics.waitAsync(this.#words, word, seen, ms).value
  }

  /** Wakes all that sleep on it. */
  notify(word: Word): void {
    Atomics.notify(this.#words, word)
  }
}
