import type { Sink } from './pool-task.js'

/** Begins a task; returns what cancels it. */
export type Begin<Task, Result> = (task: Task, sink: Sink<Result>) => () => void

/** Whom a window tells. */
export interface WindowListener<Result> {
  value(value: Result): void
  error(thrown: unknown): void
  /** A task has left the window. */
  room(): void
}

interface Waiting<Result> {
  readonly value: Result
  readonly taken: () => void
}

/** A task in the window. */
interface Pane<Result> {
  cancel: () => void
  isDone: boolean
  /** What it gave before it was its turn. */
  readonly waiting: Waiting<Result>[]
}

/**
 * The tasks that are under way, of which there are at most so many. In order, what a task gives waits until those before it
 * are done, and meanwhile it keeps its place; so what waits is bounded too.
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
    const pane: Pane<Result> = { cancel: () => undefined, isDone: false, waiting: [] }
    this.#panes.add(pane)
    const cancel = this.#begin(task, {
      value: (value, taken) => this.#value(pane, { value, taken }),
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
    if (this.#isClosed) cancel()
    else pane.cancel = cancel
  }

  /** Cancels all that are under way. */
  close(): void {
    this.#isClosed = true
    for (const { cancel } of this.#panes) cancel()
    this.#panes.clear()
  }

  #value(pane: Pane<Result>, waiting: Waiting<Result>): void {
    if (this.#isOrdered && !this.#isFirst(pane)) pane.waiting.push(waiting)
    else this.#hand(waiting)
  }

  #hand({ value, taken }: Waiting<Result>): void {
    if (!this.#isClosed) this.#listener.value(value)
    taken()
  }

  #isFirst(pane: Pane<Result>): boolean {
    const [first] = this.#panes
    return first === pane
  }

  /** A task is done: it leaves, and in order whoever is next and done too. */
  #advance(done: Pane<Result>): void {
    const before = this.#panes.size
    if (!this.#isOrdered) this.#panes.delete(done)
    for (const pane of this.#isOrdered ? this.#panes : []) {
      // What comes meanwhile goes behind what waits, for it isn't handed on while that is.
      for (let next = pane.waiting.shift(); next !== undefined; next = pane.waiting.shift()) this.#hand(next)
      if (!pane.isDone) break
      this.#panes.delete(pane)
    }
    if (!this.#isClosed && this.#panes.size < before) this.#listener.room()
  }
}
