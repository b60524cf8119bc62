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
  IMPATIENT: LINE + 1,
} as const
const REQUESTS: RingWords = { WRITTEN: 2 * LINE, READ: 3 * LINE, WATCHED: 3 * LINE + 1 }
const ANSWERS: RingWords = { WRITTEN: 4 * LINE, READ: 5 * LINE, WATCHED: 5 * LINE + 1 }
const RINGS_AT = 6 * LINE * Int32Array.BYTES_PER_ELEMENT
/** In bytes, each. A power of two, for positions in it are counts of bytes that wrap. */
const RING_SIZE = 2 ** 18
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

  /** Whether the thread looks for news before it sleeps, if it may. */
  get isPatient(): boolean {
    return Atomics.load(this.#words, Word.IMPATIENT) === 0
  }

  set isPatient(isPatient: boolean) {
    Atomics.store(this.#words, Word.IMPATIENT, Number(!isPatient))
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

/**
 * The words of one task of a pool, as long as it runs: how the thread that offloaded it cancels it, and slows it down.
 *
 * ```
 *  word  name     written by  read by  always true of it
 *  ────  ───────  ──────────  ───────  ─────────────────────────────────────────────────────────────────────────────
 *   0    SERIAL   owner       thread   the task that has these words; another one's may be next
 *   1    STATE    both        both     only ever grows, for one task; see `TaskState`
 *   2    NEWS     owner       thread   grows by one (and wraps) with each change for which the thread may sleep
 *   3    TAKEN    owner       thread   how many of the emitted values have been handed on; in 32 bits
 *   4    WAKE_AT  thread      owner    the count in TAKEN at which the thread is to be woken
 *   5    CHANNEL  thread      owner    the id of the thread that emits; before STATE says that it does
 * ```
 *
 * **Why no wake-up is lost.** The thread stores WAKE_AT, reads NEWS, looks at STATE and TAKEN, and sleeps on the NEWS it read.
 * The owner moves TAKEN and then looks at WAKE_AT; or moves STATE. Only after that it moves NEWS, and notifies.
 *   - The owner looks at WAKE_AT before the thread stores it, and so moves no NEWS: TAKEN was moved before, and the thread,
 *     which looks after, sees it.
 *   - The owner looks after that: it moves NEWS. Either the thread reads that one, and then sees what was moved before; or
 *     it read the one before, and its sleep ends at once.
 */
const TaskWord = { SERIAL: 0, STATE: 1, NEWS: 2, TAKEN: 3, WAKE_AT: 4, CHANNEL: 5 } as const
const TASK_WORDS = Object.keys(TaskWord).length
/** To post the memory of each task costs as much as all the rest, unless it is the same for many. */
const TASKS_A_BUFFER = 1_024

const TaskState = {
  /** No thread has begun it. */
  QUEUED: 0,
  RUNNING: 1,
  /** It runs, and its values come through its thread's channel, instead of a result. */
  EMITTING: 2,
  /** Nobody wants what it gives any more. The end. */
  CANCELLED: 3,
} as const
type TaskState = (typeof TaskState)[keyof typeof TaskState]

/** Where the words of a task may be. */
interface TaskRoom {
  readonly buffer: SharedArrayBuffer
  /** The first of its words. */
  readonly at: number
}

/** How the words of a task are found in another thread. */
export interface TaskPlace extends TaskRoom {
  readonly serial: number
}

export class TaskMemory {
  /** Words that are no task's. */
  static readonly #free: TaskRoom[] = []
  static #last = 0

  readonly place: TaskPlace
  readonly #words: Int32Array

  private constructor(place: TaskPlace) {
    this.place = place
    this.#words = new Int32Array(place.buffer, place.at * Int32Array.BYTES_PER_ELEMENT, TASK_WORDS)
  }

  /** Owner: the words of a new task. */
  static allocate(): TaskMemory {
    if (TaskMemory.#free.length === 0) {
      const buffer = new SharedArrayBuffer(TASKS_A_BUFFER * TASK_WORDS * Int32Array.BYTES_PER_ELEMENT)
      for (let task = 0; task < TASKS_A_BUFFER; task++) TaskMemory.#free.push({ buffer, at: task * TASK_WORDS })
    }
    TaskMemory.#last = (TaskMemory.#last + 1) | 0
    // There is one: they were added if there was none.
    const { buffer, at } = TaskMemory.#free.pop() as TaskRoom
    const memory = new TaskMemory({ buffer, at, serial: TaskMemory.#last })
    for (let word = 0; word < TASK_WORDS; word++) Atomics.store(memory.#words, word, 0)
    Atomics.store(memory.#words, TaskWord.SERIAL, memory.place.serial)
    return memory
  }

  /** Thread: those of the task that it was given. */
  static received(place: TaskPlace): TaskMemory {
    return new TaskMemory(place)
  }

  // ── The thread ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Begins the task; `false` if it was cancelled before. */
  begin(): boolean {
    return this.#advance(TaskState.RUNNING, TaskState.QUEUED)
  }

  /**
   * The task is one that emits.
   *
   * @param channel - The id of the thread through whose channel.
   */
  emits(channel: number): void {
    // The channel stands before the state says so.
    Atomics.store(this.#words, TaskWord.CHANNEL, channel)
    this.#advance(TaskState.EMITTING, TaskState.RUNNING)
  }

  /** Whether nobody wants anything of the task any more: it was cancelled, or has ended, and this is what it left behind. */
  get isCancelled(): boolean {
    const isOver = Atomics.load(this.#words, TaskWord.SERIAL) !== this.place.serial
    return isOver || Atomics.load(this.#words, TaskWord.STATE) === TaskState.CANCELLED
  }

  /** How many of so many emitted values have not been handed on. */
  waiting(emitted: number): number {
    return (emitted - Atomics.load(this.#words, TaskWord.TAKEN)) | 0
  }

  /** Sleeps until that many values have been handed on, or the task is cancelled. */
  sleepUntilTaken(count: number): void {
    Atomics.store(this.#words, TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = Atomics.load(this.#words, TaskWord.NEWS)
      if (this.isCancelled || this.waiting(count) <= 0) return
      Atomics.wait(this.#words, TaskWord.NEWS, seen)
    }
  }

  /** As `sleepUntilTaken`, but this thread's loop goes on. Doesn't keep it alive. */
  async untilTaken(count: number): Promise<void> {
    Atomics.store(this.#words, TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = Atomics.load(this.#words, TaskWord.NEWS)
      if (this.isCancelled || this.waiting(count) <= 0) return
      await Atomics.waitAsync(this.#words, TaskWord.NEWS, seen).value
    }
  }

  // ── The owner ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The thread through whose channel the task emits; `undefined` if it does not. */
  get channel(): number | undefined {
    const emits = Atomics.load(this.#words, TaskWord.STATE) === TaskState.EMITTING
    return emits ? Atomics.load(this.#words, TaskWord.CHANNEL) : undefined
  }

  /** Cancels it, and wakes its thread where that sleeps until values are taken. It won't begin any more. */
  cancel(): void {
    this.#advance(TaskState.CANCELLED, TaskState.QUEUED, TaskState.RUNNING, TaskState.EMITTING)
    this.#announce()
  }

  /** One more value has been handed on. */
  take(): void {
    const taken = (Atomics.add(this.#words, TaskWord.TAKEN, 1) + 1) | 0
    if (Atomics.load(this.#words, TaskWord.WAKE_AT) === taken) this.#announce()
  }

  /** The task has ended, and its thread has said so: another one may have the words. */
  free(): void {
    Atomics.store(this.#words, TaskWord.SERIAL, 0)
    TaskMemory.#free.push(this.place)
  }

  #announce(): void {
    Atomics.add(this.#words, TaskWord.NEWS, 1)
    Atomics.notify(this.#words, TaskWord.NEWS)
  }

  /**
   * Moves the state from one of `from`, given in their order, to `to`; `false` if it is a later one. As the state only grows,
   * what the other side moves it to meanwhile is among those that are still to be tried.
   */
  #advance(to: TaskState, ...from: readonly TaskState[]): boolean {
    return from.some((state) => Atomics.compareExchange(this.#words, TaskWord.STATE, state, to) === state)
  }
}

/**
 * The words of one stream, which come with its request: how far its thread has read. Values themselves are messages.
 *
 * ```
 *  word  name       written by       read by          always true of it
 *  ────  ─────────  ───────────────  ───────────────  ──────────────────────────────────────────────────────────────
 *   0    SENT       reactor          calling thread   how many values were sent, in 32 bits; the last may be about to be
 *   1    TAKEN      calling thread   reactor          how many of them the thread is done with, in 32 bits
 *   2    WANTED     reactor          calling thread   the first of those sent that is not too old, in 32 bits
 *   3    DROPPED    reactor          calling thread   how many were dropped and never sent, in 32 bits
 *   4    RESUME_AT  reactor          calling thread   the count in TAKEN at which the reactor wants credit
 *   5    PAUSED     both             both             1 while it wants that; else 0
 * ```
 *
 * **Why a stream that waits for room always goes on.** The reactor sets PAUSED and then looks at TAKEN; the thread moves TAKEN and
 * then looks at PAUSED.
 *   - The thread looks before PAUSED is set: TAKEN was moved before, and the reactor, which looks after, sees it and goes on.
 *   - The thread looks after that: it sees PAUSED, and if it has taken enough, it says so. Both may happen: who says so to a
 *     reactor that went on says nothing new.
 *
 * RESUME_AT is never ahead of SENT, so a thread that has taken all that came has said so.
 */
const StreamWord = { SENT: 0, TAKEN: 1, WANTED: 2, DROPPED: 3, RESUME_AT: 4, PAUSED: 5 } as const
const STREAM_BYTES = Object.keys(StreamWord).length * Int32Array.BYTES_PER_ELEMENT

export class StreamMemory {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
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
    return received + ((Atomics.load(this.#words, StreamWord.WANTED) - received) | 0)
  }

  /** How many were sent, given how many of them were received. */
  sentOf(received: number): number {
    return received + ((Atomics.load(this.#words, StreamWord.SENT) - received) | 0)
  }

  get dropped(): number {
    return Atomics.load(this.#words, StreamWord.DROPPED) >>> 0
  }

  /** So many have been taken; returns whether the reactor is to be told. */
  take(taken: number): boolean {
    Atomics.store(this.#words, StreamWord.TAKEN, taken)
    if (Atomics.load(this.#words, StreamWord.PAUSED) === 0) return false
    if (((taken - Atomics.load(this.#words, StreamWord.RESUME_AT)) | 0) < 0) return false
    return Atomics.exchange(this.#words, StreamWord.PAUSED, 0) === 1
  }

  // ── The reactor ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** How many of so many sent ones have not been taken. */
  waiting(sent: number): number {
    return (sent - Atomics.load(this.#words, StreamWord.TAKEN)) | 0
  }

  /** So many are sent, the last of them right now. */
  sent(count: number): void {
    Atomics.store(this.#words, StreamWord.SENT, count)
  }

  /** Those before that one are too old. */
  want(first: number): void {
    Atomics.store(this.#words, StreamWord.WANTED, first)
  }

  drop(): void {
    Atomics.add(this.#words, StreamWord.DROPPED, 1)
  }

  /** The reactor waits for that; returns `false` if so many have been taken already. */
  pause(sent: number, mostWaiting: number): boolean {
    Atomics.store(this.#words, StreamWord.RESUME_AT, sent - mostWaiting)
    Atomics.store(this.#words, StreamWord.PAUSED, 1)
    if (this.waiting(sent) > mostWaiting) return true
    Atomics.store(this.#words, StreamWord.PAUSED, 0)
    return false
  }
}
