import * as clock from '../clock.js'
import { TASK_BYTES, TASK_WORDS, TaskWord, Words } from './words.js'

/** To post the memory of each task costs as much as all the rest, unless it is the same for many. */
const TASKS_A_BUFFER = 1_024

const TaskState = {
  /** No thread has begun it. */
  QUEUED: 0,
  RUNNING: 1,
  /** It runs, but its reactor has interrupted all calls: its thread may not sleep any more. */
  INTERRUPTED: 2,
  /** Nobody wants what it gives any more. The end. */
  CANCELLED: 3,
} as const
/** `CHANNEL` of a task that does not emit; the ids of threads that do start at 1. */
const NO_CHANNEL = 0
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

/**
 * The words of one task of a pool: how the thread that offloaded it cancels or interrupts it, and slows it down.
 *
 * **Why no wake-up is lost.** The thread stores WAKE_AT, reads NEWS, looks at STATE and TAKEN, and sleeps on the NEWS it read.
 * The owner moves TAKEN and then looks at WAKE_AT; or moves STATE. Only after that it moves NEWS, and notifies.
 *   - The owner looks at WAKE_AT before the thread stores it, and so moves no NEWS: TAKEN was moved before, and the thread,
 *     which looks after, sees it.
 *   - The owner looks after that: it moves NEWS. Either the thread reads that one, and then sees what was moved before; or
 *     it read the one before, and its sleep ends at once.
 */
export class TaskMemory {
  /** Words that are no task's. */
  static readonly #free: TaskRoom[] = []
  static #last = 0

  readonly place: TaskPlace
  readonly #words: Words<TaskWord>

  private constructor(place: TaskPlace) {
    this.place = place
    this.#words = new Words(place.buffer, place.at, TASK_WORDS)
  }

  /** Owner: the words of a new task. */
  static allocate(): TaskMemory {
    if (TaskMemory.#free.length === 0) {
      const buffer = new SharedArrayBuffer(TASKS_A_BUFFER * TASK_BYTES)
      for (let task = 0; task < TASKS_A_BUFFER; task++) TaskMemory.#free.push({ buffer, at: task * TASK_WORDS })
    }
    TaskMemory.#last = (TaskMemory.#last + 1) | 0
    // There is one: they were added if there was none.
    const { buffer, at } = TaskMemory.#free.pop() as TaskRoom
    const memory = new TaskMemory({ buffer, at, serial: TaskMemory.#last })
    memory.#words.clear()
    memory.#words.store(TaskWord.SERIAL, memory.place.serial)
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
    this.#words.store(TaskWord.CHANNEL, channel)
  }

  /** Whether nobody wants anything of the task any more: it was cancelled, or has ended, and this is what it left behind. */
  get isCancelled(): boolean {
    const isOver = this.#words.load(TaskWord.SERIAL) !== this.place.serial
    return isOver || this.#words.load(TaskWord.STATE) === TaskState.CANCELLED
  }

  /** Whether its thread may not sleep any more, for the reactor stops. */
  get isInterrupted(): boolean {
    return this.#words.load(TaskWord.STATE) === TaskState.INTERRUPTED
  }

  /** How many of so many emitted values have not been handed on. */
  waiting(emitted: number): number {
    return (emitted - this.#words.load(TaskWord.TAKEN)) | 0
  }

  /**
   * Sleeps until that many values have been handed on, or the task is cancelled or interrupted; returns whether one of these came in time.
   *
   * @param deadline - In ms of `clock.now()`.
   */
  sleepUntilTaken(count: number, deadline: number): boolean {
    this.#words.store(TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = this.#words.load(TaskWord.NEWS)
      if (this.#isBroken || this.waiting(count) <= 0) return true
      const left = deadline - clock.now()
      if (left <= 0) return false
      this.#words.sleep(TaskWord.NEWS, seen, left)
    }
  }

  /** As `sleepUntilTaken`, but this thread's loop goes on. Doesn't keep it alive. */
  async untilTaken(count: number, deadline: number): Promise<boolean> {
    this.#words.store(TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = this.#words.load(TaskWord.NEWS)
      if (this.#isBroken || this.waiting(count) <= 0) return true
      const left = deadline - clock.now()
      if (left <= 0) return false
      await this.#words.sleepAsync(TaskWord.NEWS, seen, left)
    }
  }

  // ── The owner ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The thread through whose channel the task emits; `undefined` if it does not. */
  get channel(): number | undefined {
    const channel = this.#words.load(TaskWord.CHANNEL)
    return channel === NO_CHANNEL ? undefined : channel
  }

  /** Whether a thread has begun it, or never will. */
  get hasBegun(): boolean {
    return this.#words.load(TaskWord.STATE) !== TaskState.QUEUED
  }

  /** Cancels it, and wakes its thread where that sleeps until values are taken. It won't begin any more. */
  cancel(): void {
    this.#advance(TaskState.CANCELLED, TaskState.QUEUED, TaskState.RUNNING, TaskState.INTERRUPTED)
    this.#announce()
  }

  /** The reactor stops: wakes its thread where that sleeps until values are taken, and lets it sleep there no more. */
  interrupt(): void {
    if (this.#advance(TaskState.INTERRUPTED, TaskState.RUNNING)) this.#announce()
  }

  /** One more value has been handed on. */
  take(): void {
    const taken = (this.#words.add(TaskWord.TAKEN, 1) + 1) | 0
    if (this.#words.load(TaskWord.WAKE_AT) === taken) this.#announce()
  }

  /** The task has ended, and its thread has said so: another one may have the words. */
  free(): void {
    this.#words.store(TaskWord.SERIAL, 0)
    TaskMemory.#free.push(this.place)
  }

  get #isBroken(): boolean {
    return this.isCancelled || this.isInterrupted
  }

  #announce(): void {
    this.#words.add(TaskWord.NEWS, 1)
    this.#words.notify(TaskWord.NEWS)
  }

  /**
   * Moves the state from one of `from`, given in their order, to `to`; `false` if it is a later one. As the state only grows,
   * what the other side moves it to meanwhile is among those that are still to be tried.
   */
  #advance(to: TaskState, ...from: readonly TaskState[]): boolean {
    return this.#words.advance(TaskWord.STATE, to, from)
  }
}
