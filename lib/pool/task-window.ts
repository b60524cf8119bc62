import type { RunningTask, Sink } from './pool-task.js'

/** Has a task run. */
export type Begin<Task, Result> = (task: Task, sink: Sink<Result>) => RunningTask

/** Whom a window tells. */
export interface WindowListener<Result> {
  value(value: Result): void
  error(thrown: unknown): void
  /** A task has left the window. */
  room(): void
}

/** A task in the window. */
interface Pane<Result> {
  task: RunningTask
  isDone: boolean
  /** What it gave before it was its turn. */
  waiting: Result[]
  /** Of the last of these, which hold the task back: what tells it that they are taken. */
  held: (() => void)[]
}

/** A task that is just being begun. */
const BEGINNING: RunningTask = { hasBegun: true, cancel: () => undefined }

/**
 * The tasks that are under way, of which there are at most so many. In order, what a task gives waits until those before it
 * are done, and meanwhile it keeps its place. So what waits is bounded too, while the first of them runs: a pool need not begin
 * tasks in their order (Piscina doesn't), and while the first one is in the queue it may need the thread of one that is held back.
 */
export class TaskWindow<Task, Result> {
  readonly #begin: Begin<Task, Result>
  readonly #size: number
  readonly #isOrdered: boolean
  readonly #listener: WindowListener<Result>
  /** In the order in which they were begun. */
  readonly #panes = new Set<Pane<Result>>()
  #isClosed = false

  constructor(begin: Begin<Task, Result>, size: number, isOrdered: boolean, listener: WindowListener<Result>) {
    this.#begin = begin
    this.#size = size
    this.#isOrdered = isOrdered
    this.#listener = listener
  }

  get hasRoom(): boolean {
    return !this.#isClosed && this.#panes.size < this.#size
  }

  get isEmpty(): boolean {
    return this.#panes.size === 0
  }

  add(task: Task): void {
    const pane: Pane<Result> = { task: BEGINNING, isDone: false, waiting: [], held: [] }
    this.#panes.add(pane)
    const running = this.#begin(task, {
      value: (value, taken) => this.#value(pane, value, taken),
      error: (thrown) => {
        this.#panes.delete(pane)
        if (!this.#isClosed) this.#listener.error(thrown)
      },
      complete: () => {
        pane.isDone = true
        this.#advance(pane)
      },
    })
    // It may have closed the window meanwhile.
    if (this.#isClosed) running.cancel()
    else pane.task = running
  }

  /** Cancels all that are under way. */
  close(): void {
    this.#isClosed = true
    for (const { task } of this.#panes) task.cancel()
    this.#panes.clear()
  }

  get #first(): Pane<Result> | undefined {
    const [first] = this.#panes
    return first
  }

  #value(pane: Pane<Result>, value: Result, taken: () => void): void {
    const first = this.#isOrdered ? this.#first : pane
    if (first === pane) {
      this.#hand(value)
      return taken()
    }
    pane.waiting.push(value)
    if (first?.task.hasBegun === true) pane.held.push(taken)
    else taken()
  }

  #hand(value: Result): void {
    if (!this.#isClosed) this.#listener.value(value)
  }

  /** A task is done: it leaves, and in order whoever is next and done too. */
  #advance(done: Pane<Result>): void {
    const before = this.#panes.size
    if (this.#isOrdered) this.#handNext()
    else this.#panes.delete(done)
    if (!this.#isClosed && this.#panes.size < before) this.#listener.room()
  }

  #handNext(): void {
    for (const pane of this.#panes) {
      const { waiting, held } = pane
      pane.waiting = []
      pane.held = []
      for (const value of waiting) this.#hand(value)
      for (const taken of held) taken()
      if (!pane.isDone) break
      this.#panes.delete(pane)
    }
    if (this.#first?.task.hasBegun !== false) return
    for (const pane of this.#panes) for (const taken of pane.held.splice(0)) taken()
  }
}
