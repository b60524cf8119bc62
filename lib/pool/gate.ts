import type { PoolOptions } from './options.js'
import { type Submitted, showing, submittedOf } from './submitted.js'

type LoadBalancer = NonNullable<PoolOptions['loadBalancer']>
type Threads = Parameters<LoadBalancer>[1]

/** What a pool tells its gate of threads that it leaves. */
export interface LeftThreads {
  /** Whether that thread is to get no further task. */
  isLeft(threadId: number): boolean
  /** Of those, one that answers that task at once with the failure that it is to have. */
  answering(task: Submitted, threads: Threads): Threads[number] | undefined
}

/**
 * Decides which thread of a pool gets a task, and keeps the pool from handing out any, through the one place where Piscina lets
 * others decide that: its load balancer. While the gate is shut, tasks stay in the queue.
 */
export class Gate {
  readonly balance: LoadBalancer
  #isOpen = true

  /**
   * @param options - The pool's own; its load balancer decides while the gate is open.
   * @param mayStart - Called when no thread was found, and so the pool may start one.
   */
  constructor({ loadBalancer, concurrentTasksPerWorker = 1 }: PoolOptions, mayStart: () => void = () => undefined) {
    const choose = loadBalancer === undefined ? leastBusy(concurrentTasksPerWorker) : loadBalancer
    // One that Piscina refuses shall be refused here too; it counts the parameters.
    if (!isLoadBalancer(choose)) {
      this.balance = choose
      return
    }
    const among = loadBalancer === undefined ? choose : showing(choose)
    this.balance = (task, workers) => {
      if (!this.#isOpen) return null
      const left = this.leftThreads
      const chosen = left === undefined ? among(task, workers) : amongOthers(left, among, task, workers)
      if (chosen === null) mayStart()
      return chosen
    }
  }

  /** While there are some. */
  leftThreads: LeftThreads | undefined

  shut(): void {
    this.#isOpen = false
  }

  /** Meanwhile no task is handed out. */
  whileShut(action: () => void): void {
    const wasOpen = this.#isOpen
    this.#isOpen = false
    action()
    this.#isOpen = wasOpen
  }
}

function amongOthers(
  left: LeftThreads,
  choose: LoadBalancer,
  task: Parameters<LoadBalancer>[0],
  workers: Threads,
): ReturnType<LoadBalancer> {
  const submitted = submittedOf(task)
  const answering = submitted && left.answering(submitted, workers)
  const others = workers.filter(({ id }) => !left.isLeft(id))
  return answering ?? choose(task, others)
}

function isLoadBalancer(value: unknown): boolean {
  return typeof value === 'function' && value.length > 0
}

/** Piscina's own choice, which it doesn't export: an idle thread, or else the least busy one that has room. */
function leastBusy(room: number): LoadBalancer {
  return (task, workers) => {
    const idle = workers.find((worker) => worker.currentUsage === 0)
    if (idle !== undefined || task.isAbortable) return idle ?? null
    // A thread with an abortable task is to end with that task, so nothing else may run there.
    const shared = workers.filter((worker) => !worker.isRunningAbortableTask && worker.currentUsage < room)
    return shared.reduce<(typeof workers)[number] | null>(
      (least, worker) => (least === null || worker.currentUsage < least.currentUsage ? worker : least),
      null,
    )
  }
}
