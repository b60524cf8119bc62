/**
 * A task as the application submitted it. Piscina is given our own function in its place; so what the application sees of its
 * tasks, in a queue or a load balancer of its own, is shown as it was.
 *
 * @module
 */
import { Piscina } from 'piscina'
import type { PoolOptions } from './options.js'

type Queue = NonNullable<PoolOptions['taskQueue']>
type Task = Parameters<Queue['push']>[0]
type Balancer = NonNullable<PoolOptions['loadBalancer']>
type BalancedTask = Parameters<Balancer>[0]

export interface Submitted {
  readonly path: string
  readonly name: string
  readonly task: unknown
  /** When, by the clock that threads share. */
  readonly at: number
  /** What the task says to the pool's queue. */
  readonly queueOptions: object | null
}

/** Symbols don't cross, so threads don't see it. */
const SUBMITTED = Symbol('rx-crochet: submitted')

/** The key of what a task says to the pool's queue. */
export const QUEUE_OPTIONS: symbol = Piscina.queueOptionsSymbol

/** Piscina hands on, to queue and balancer, what a task says to its queue; so that is where it stands. */
export function toldToQueue(submitted: Submitted): object {
  return { [SUBMITTED]: submitted }
}

/** `undefined` if it is not one that the application submitted. */
export function submittedOf(task: Task): Submitted | undefined {
  // What is there is ours, if it has our mark.
  const options: { readonly [SUBMITTED]?: Submitted } | null = Reflect.get(task, QUEUE_OPTIONS)
  return options?.[SUBMITTED]
}

/** A balancer that is shown tasks as they were submitted. */
export function showing(balance: Balancer): Balancer {
  return (task, workers) => balance(shown(task), workers)
}

function shown(task: BalancedTask): BalancedTask {
  const submitted = submittedOf(task)
  if (submitted === undefined) return task
  const { path: filename, name, queueOptions } = submitted
  return { ...task, filename, name, [QUEUE_OPTIONS]: queueOptions }
}

/** What Piscina is given for the application's own queue; for what is none, that itself, so that Piscina refuses it. */
export function shownQueue({ taskQueue }: PoolOptions): Pick<PoolOptions, 'taskQueue'> {
  return isQueue(taskQueue) ? { taskQueue: new ShownQueue(taskQueue) } : {}
}

/** As Piscina tells. */
function isQueue(queue: Queue | undefined): queue is Queue {
  if (typeof queue !== 'object' || queue === null || !('size' in queue)) return false
  return [queue.shift, queue.remove, queue.push].every((it) => typeof it === 'function')
}

/**
 * The application's own queue, shown its tasks as they were submitted. What the application did not submit is not for it to see;
 * Piscina takes that out again at once.
 */
class ShownQueue implements Queue {
  readonly unshift?: (task: Task) => void
  readonly #queue: Queue
  /** By a task as Piscina knows it, and by the same as it is shown. */
  readonly #shown = new WeakMap<Task, Task>()
  readonly #hidden = new WeakMap<Task, Task>()

  constructor(queue: Queue) {
    this.#queue = queue
    // Piscina looks whether there is one.
    if (typeof queue.unshift === 'function') this.unshift = (task) => this.#give(task, (as) => queue.unshift?.(as))
  }

  get size(): number {
    return this.#queue.size
  }

  push(task: Task): void {
    this.#give(task, (as) => this.#queue.push(as))
  }

  shift(): Task | null {
    const shown = this.#queue.shift()
    return shown === null ? null : (this.#hidden.get(shown) ?? shown)
  }

  remove(task: Task): void {
    const shown = this.#shown.get(task)
    if (shown !== undefined) this.#queue.remove(shown)
  }

  #give(task: Task, give: (as: Task) => void): void {
    const present = this.#shown.get(task)
    if (present !== undefined) return give(present)
    const submitted = submittedOf(task)
    if (submitted === undefined) return
    const { path: filename, name, queueOptions } = submitted
    // All else is the task's own, as Piscina made it.
    const shown: Task = Object.create(task, {
      filename: { value: filename, enumerable: true },
      name: { value: name, enumerable: true },
      task: { value: submitted.task, enumerable: true },
      [QUEUE_OPTIONS]: { value: queueOptions },
    })
    this.#shown.set(task, shown)
    this.#hidden.set(shown, task)
    give(shown)
  }
}
