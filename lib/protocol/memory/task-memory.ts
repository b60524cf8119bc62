import { TASK_BYTES, TASK_WORDS, TaskWord, Words } from './words.js'

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

/**
 * The words of one task of a pool: how the thread that offloaded it cancels it, and slows it down.
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
    // The channel stands before the state says so.
    this.#words.store(TaskWord.CHANNEL, channel)
    this.#advance(TaskState.EMITTING, TaskState.RUNNING)
  }

  /** Whether nobody wants anything of the task any more: it was cancelled, or has ended, and this is what it left behind. */
  get isCancelled(): boolean {
    const isOver = this.#words.load(TaskWord.SERIAL) !== this.place.serial
    return isOver || this.#words.load(TaskWord.STATE) === TaskState.CANCELLED
  }

  /** How many of so many emitted values have not been handed on. */
  waiting(emitted: number): number {
    return (emitted - this.#words.load(TaskWord.TAKEN)) | 0
  }

  /** Sleeps until that many values have been handed on, or the task is cancelled. */
  sleepUntilTaken(count: number): void {
    this.#words.store(TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = this.#words.load(TaskWord.NEWS)
      if (this.isCancelled || this.waiting(count) <= 0) return
      this.#words.sleep(TaskWord.NEWS, seen)
    }
  }

  /** As `sleepUntilTaken`, but this thread's loop goes on. Doesn't keep it alive. */
  async untilTaken(count: number): Promise<void> {
    this.#words.store(TaskWord.WAKE_AT, count)
    for (;;) {
      const seen = this.#words.load(TaskWord.NEWS)
      if (this.isCancelled || this.waiting(count) <= 0) return
      await this.#words.sleepAsync(TaskWord.NEWS, seen)
    }
  }

  // ── The owner ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The thread through whose channel the task emits; `undefined` if it does not. */
  get channel(): number | undefined {
    const emits = this.#words.load(TaskWord.STATE) === TaskState.EMITTING
    return emits ? this.#words.load(TaskWord.CHANNEL) : undefined
  }

  /** Cancels it, and wakes its thread where that sleeps until values are taken. It won't begin any more. */
  cancel(): void {
    this.#advance(TaskState.CANCELLED, TaskState.QUEUED, TaskState.RUNNING, TaskState.EMITTING)
    this.#announce()
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
