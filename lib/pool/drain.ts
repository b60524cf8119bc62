import type { Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import * as clock from '../protocol/clock.js'
import { LONGEST_TIMER } from '../protocol/longest-timer.js'
import { isOwnPool } from './own-pools.js'

/** Why threads were terminated that were busy: they took too long, or Piscina did so when it closed a pool with a queue. */
export type TerminationCause = 'drainTimeout' | 'close of a queue'

/** How a pool's threads ended. */
export interface DrainReport {
  /** Threads that had come to rest. */
  readonly drained: number
  /** Threads that were still busy, and were terminated. */
  readonly terminated: number
  readonly cause: TerminationCause
  /** Tasks of the queue that were dropped; those of `createPool` pools are counted where they are rejected. */
  readonly dropped: number
}

/** In ms. Piscina has no event for a task that ends, so its threads are looked at. */
const LOOK_AGAIN = 1
/** In ms; by how much Piscina is more patient than we are, so that it is we who count. */
const MORE_PATIENCE = 20

/** Before a pool is drained, and the first of its threads has come to rest: all of them shall stay to be counted. */
export function keepThreads(pool: Piscina): void {
  pool.options.idleTimeout = Number.POSITIVE_INFINITY
}

/**
 * Whether tasks of a pool run, or wait in its queue and may still be begun.
 *
 * @param stuck - How many of its threads can't go on before the reactor has stopped.
 */
export function isUnderWay(pool: Piscina, stuck: number): boolean {
  if (pool.threads.length - pool.idleThreads > stuck) return true
  // Only these threads are busy. What waits for them is stuck too, unless the pool has another thread, or room for one.
  return pool.queueSize > 0 && stuck < pool.options.maxThreads
}

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
  if (!isOwnPool(pool) && pool.queueSize > 0) return closeAtOnce(pool, timeout)

  const end = clock.now() + timeout
  while (busyThreads(pool) > 0 && clock.now() < end) await clock.wait(LOOK_AGAIN)
  const threads = pool.threads.length
  const terminated = busyThreads(pool)
  // Tasks may have come meanwhile.
  const dropped = isOwnPool(pool) ? 0 : pool.queueSize
  // To destroy the pool would tell the tasks in its queue that they were terminated; to close it tells them the truth.
  const closed = isOwnPool(pool) ? close(pool, LOOK_AGAIN) : undefined
  if (terminated > 0) await pool.destroy()
  // There is nothing left to wait for; but the pool, and all that it knows, stays in memory for as long as its timeout.
  await (closed ?? close(pool, LOOK_AGAIN))
  return { drained: threads - terminated, terminated, cause: 'drainTimeout', dropped }
}

async function closeAtOnce(pool: Piscina, timeout: number): Promise<DrainReport> {
  const threads = pool.threads.length
  const dropped = pool.queueSize
  const end = clock.now() + timeout
  // If Piscina's own patience ends it says so by this event, which would be thrown if nobody listened.
  const ignore = (): void => undefined
  pool.on('error', ignore)
  const closed = close(pool, timeout + MORE_PATIENCE).finally(() => pool.off('error', ignore))
  let busy = busyThreads(pool)
  while (pool.threads.length > 0 && busy > 0 && clock.now() < end) {
    await clock.wait(LOOK_AGAIN)
    if (pool.threads.length > 0) busy = busyThreads(pool)
  }
  const hasClosed = pool.threads.length === 0
  // Piscina ends all threads when the first has come to its end.
  const terminated = hasClosed ? Math.max(busy - 1, 0) : busy
  // For a thread that has died in its task Piscina would wait until its patience ends.
  await pool.destroy()
  if (!hasClosed && busy > 0) await closed
  return { drained: threads - terminated, terminated, cause: hasClosed ? 'close of a queue' : 'drainTimeout', dropped }
}

/** @param timeout - In ms; in place of the pool's own, which it keeps. */
function close(pool: Piscina, timeout: number): Promise<void> {
  const { closeTimeout } = pool.options
  pool.options.closeTimeout = Math.min(timeout, LONGEST_TIMER)
  const closed = pool.close({ force: true })
  pool.options.closeTimeout = closeTimeout
  return Promise.race([closed, endsAfter(timeout + MORE_PATIENCE, pool, closed)])
}

/**
 * Does what Piscina does itself when its patience has ended. Piscina may measure that by a fake timer of a test, and would then
 * wait for ever for the tasks of threads that are gone.
 */
function endsAfter(ms: number, pool: Piscina, closed: Promise<void>): Promise<void> {
  const ends = pool.threads.map(endOf)
  return new Promise((resolve, reject) => {
    const end = async (): Promise<void> => {
      await pool.destroy()
      await Promise.all(ends)
    }
    const stopTimer = clock.after(Math.min(ms, LONGEST_TIMER), () => void end().then(resolve, reject), { ref: false })
    void closed.then(stopTimer, stopTimer)
  })
}

function endOf(thread: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (thread.threadId < 0) resolve()
    else thread.once('exit', () => resolve())
  })
}

/** Those that load are busy too: to terminate a thread at that time may crash Node 20. */
function busyThreads(pool: Piscina): number {
  const loading = isOwnPool(pool) ? pool.loadingThreads : 0
  // A thread that loads may have been given a task already, and must not count twice.
  return Math.max(pool.threads.length - pool.idleThreads, loading)
}
