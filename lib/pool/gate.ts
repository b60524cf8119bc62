import type { PoolOptions } from './options.js'

type LoadBalancer = NonNullable<PoolOptions['loadBalancer']>

/**
 * Keeps a pool from handing further tasks to its threads, through the one place where Piscina lets others decide that:
 * its load balancer. While the gate is shut, tasks stay in the queue.
 */
export class Gate {
  readonly balance: LoadBalancer
  #isOpen = true

  /**
   * @param options - The pool's own; its load balancer decides while the gate is open.
   * @param onNone - Called when there is no thread for a task: Piscina starts one right after that, if there is room for it.
   */
  constructor({ loadBalancer, concurrentTasksPerWorker = 1 }: PoolOptions, onNone: () => void = () => undefined) {
    const choose = loadBalancer === undefined ? leastBusy(concurrentTasksPerWorker) : loadBalancer
    const balance: LoadBalancer = (task, workers) => {
      const chosen = this.#isOpen ? choose(task, workers) : null
      if (!chosen) onNone()
      return chosen
    }
    // One that Piscina refuses shall be refused here too; it counts the parameters.
    this.balance = isLoadBalancer(choose) ? balance : choose
  }

  shut(): void {
    this.#isOpen = false
  }
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
