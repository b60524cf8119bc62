import { setTimeout as sleep } from 'node:timers/promises'
import type { Piscina } from 'piscina'
import { ReactorPool } from './reactor-pool.js'

/** How a pool's threads ended. */
export interface DrainReport {
  /** Threads that had come to rest. */
  readonly drained: number
  /** Threads that were still busy, and were terminated. */
  readonly terminated: number
}

/** In ms. Piscina has no event for a task that ends, so its threads are looked at. */
const LOOK_AGAIN = 1
/** In ms; a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Closes a pool whose threads no longer sleep in our calls: queued tasks are rejected, running ones may come to their
 * end, and what is busy for longer than `timeout` ms is terminated.
 *
 * `Piscina.close()` alone won't do: of several busy threads it waits for the first, and terminates the others in the
 * middle of their tasks (seen with 5.3.2). So it is called when every thread rests. For that long the pool must not
 * start queued tasks: pools of `createPool` are held. A pool that the application made can't do that; if it has
 * tasks in its queue, they can only be rejected by closing it at once, with that flaw.
 */
export async function drain(pool: Piscina, timeout: number): Promise<DrainReport> {
  if (!(pool instanceof ReactorPool) && pool.queueSize > 0) return closeAtOnce(pool, timeout)

  const end = performance.now() + timeout
  while (busyThreads(pool) > 0 && performance.now() < end) await sleep(LOOK_AGAIN)
  const threads = pool.threads.length
  const terminated = busyThreads(pool)
  if (terminated > 0) await pool.destroy()
  await pool.close({ force: true })
  return { drained: threads - terminated, terminated }
}
async function closeAtOnce(pool: Piscina, timeout: number): Promise<DrainReport> {
  let threads = pool.threads.length
  let terminated = 0
  // The event comes when `closeTimeout` has passed, before the threads are terminated; unheard it would be thrown.
  const countBusy = (): void => {
    threads = pool.threads.length
    terminated = busyThreads(pool)
  }
  pool.on('error', countBusy)
  pool.options.closeTimeout = Math.min(timeout, LONGEST_TIMER)
  await pool.close({ force: true })
  pool.off('error', countBusy)
  return { drained: threads - terminated, terminated }
}

/** Those that load are busy too: to terminate a thread at that time may crash Node 20. */
function busyThreads(pool: Piscina): number {
  const loading = pool instanceof ReactorPool ? pool.loadingThreads : 0
  // A thread that loads may have been given a task already, and must not count twice.
  return Math.max(pool.threads.length - pool.idleThreads, loading)
}
