import type { LeftThreads } from './gate.js'
import type { PoolOptions } from './options.js'
import type { Submitted } from './submitted.js'
import type { FailedLoading } from './task-result.js'

type Threads = Parameters<NonNullable<PoolOptions['loadBalancer']>>[1]
/** A thread as Piscina shows it: what it tells of its use is always of now. */
export type ShownThread = Threads[number]

/**
 * The threads of a pool that have failed to load a file. Node keeps such a failure for as long as the thread lives, and half of
 * what the file imports may be there; so whoever needs the file gets another thread, and such a one ends when its tasks have.
 */
export class FailedThreads implements LeftThreads {
  readonly #all = new Map<number, ShownThread>()
  readonly #failures = new Map<number, FailedLoading>()
  readonly #ending = new Set<number>()

  get isEmpty(): boolean {
    return this.#failures.size === 0
  }

  /** The pool has got a thread. */
  created(thread: ShownThread): void {
    this.#all.set(thread.id, thread)
  }

  /** Which threads the pool still has. */
  keepOnly(ids: ReadonlySet<number>): void {
    for (const id of this.#all.keys()) {
      if (ids.has(id)) continue
      this.#all.delete(id)
      this.#failures.delete(id)
      this.#ending.delete(id)
    }
  }

  /** The first failure of a thread is the one that counts. */
  add(loading: FailedLoading): void {
    if (this.#all.has(loading.threadId) && !this.#failures.has(loading.threadId))
      this.#failures.set(loading.threadId, loading)
  }

  /** Those that have no task any more; each is given once, and is to be terminated. */
  takeIdle(): ReadonlySet<number> {
    const idle = new Set<number>()
    for (const id of this.#failures.keys()) {
      if (this.#ending.has(id) || this.#all.get(id)?.currentUsage !== 0) continue
      this.#ending.add(id)
      idle.add(id)
    }
    return idle
  }

  isLeft(threadId: number): boolean {
    return this.#failures.has(threadId)
  }

  /** What was submitted before a load began has to do with its failure, and fails likewise, without a thread for each. */
  answering(task: Submitted, threads: Threads): ShownThread | undefined {
    return threads.find(({ id, currentUsage }) => {
      const failure = this.#failures.get(id)
      return currentUsage === 0 && !this.#ending.has(id) && failure !== undefined && isWhyOf(failure, task)
    })
  }
}

/** Whether what failed is the load of that task's function, begun after the task had been submitted. */
export function isWhyOf({ path, name, began }: FailedLoading, task: Submitted): boolean {
  return path === task.path && (name === undefined || name === task.name) && began >= task.at
}
