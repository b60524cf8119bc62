import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Piscina } from 'piscina'
import type { StopReport } from 'rx-crochet'
import { HeldCalls } from './benchmarked.js'
import { type Figure, medianAndWorst, quantile } from './figures.js'
import { collectGarbage } from './heap.js'
import { type Duration, LoopWatch } from './loop-watch.js'
import { SHUTDOWNS } from './rounds.js'
import { start, tasks } from './start.js'

const BLOCKED_THREADS = 8
/** In ms. Piscina's own default is 30,000, and every round would take as long. */
const CLOSE_TIMEOUT = 1_000
const MOST_OF_CLOSE = 0.1

const PENDING = 100_000
/** More than one, for none may have more than `maxPending` calls unfinished, which is 65,536 by default. */
const CALLING_THREADS = 2
/** In ms. Python's Crochet takes 2,800. */
const MOST_TO_STOP = 300
/** In ms. */
const MOST_HELD = 50

// Nothing is warmed up here: a process stops once, and its compilers have seen nothing of that before. So the first
// round counts like any other.

/** How soon blocked threads are awake and their pool is closed, beside a Piscina whose one thread nobody wakes. */
export async function stopWithBlockedThreads(): Promise<Figure[]> {
  const awake = new Float64Array(SHUTDOWNS)
  const closed = new Float64Array(SHUTDOWNS)
  const peer = new Float64Array(SHUTDOWNS)
  for (let round = 0; round < SHUTDOWNS; round++) {
    const stopped = await stop(BLOCKED_THREADS, BLOCKED_THREADS)
    awake[round] = stopped.lastAwake
    closed[round] = stopped.closed.ms
    peer[round] = await closePiscina()
  }
  const beside = { name: `Piscina's close(), closeTimeout ${CLOSE_TIMEOUT}:`, value: quantile(peer, 0.5) }
  const row = { unit: 'ms', beside, atMost: MOST_OF_CLOSE }
  return [
    ...medianAndWorst(awake, { ...row, what: `stop(), the last of ${BLOCKED_THREADS} blocked threads is awake` }),
    ...medianAndWorst(closed, { ...row, what: `stop(), the pool of ${BLOCKED_THREADS} blocked threads is closed` }),
  ]
}

/** How long it takes to stop with many pending calls, and how long the application has to wait for its loop meanwhile. */
export async function stopWithPendingCalls(): Promise<Figure[]> {
  const rounds: Stopped[] = []
  for (let round = 0; round < SHUTDOWNS; round++) rounds.push(await stop(CALLING_THREADS, PENDING))
  const what = `stop() with ${PENDING} pending calls`
  return [
    ...explained(
      what,
      MOST_TO_STOP,
      rounds.map(({ closed }) => closed),
    ),
    ...explained(
      `${what} held the loop`,
      MOST_HELD,
      rounds.map(({ longestHold }) => longestHold),
    ),
  ]
}

/** The median and the worst, and what made them. */
function explained(what: string, most: number, durations: readonly Duration[]): Figure[] {
  const sorted = durations.toSorted((one, other) => one.ms - other.ms)
  const rows = { median: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) }
  return Object.entries(rows).flatMap(([which, duration]) => {
    if (duration === undefined) return []
    const { ms, gc, noCore } = duration
    const made = `${gc.toFixed(0)} of it GC, ${noCore.toFixed(0)} without a core`
    return {
      what: `${what}, ${which} (${made})`,
      unit: 'ms',
      ours: ms,
      beside: { name: 'bound', value: most },
      atMost: 1,
    }
  })
}

interface Stopped {
  /** From `stop()` until the last thread was awake, in ms. */
  readonly lastAwake: number
  /** From `stop()` until its promise was fulfilled. */
  readonly closed: Duration
  readonly longestHold: Duration
}

/**
 * Stops a reactor with that many calls, the same number for each thread, each of which sleeps on one of them.
 *
 * @throws Error if it wasn't what is to be measured.
 */
async function stop(threads: number, calls: number): Promise<Stopped> {
  const held = new HeldCalls()
  const { reactor, pool } = start(threads, { held })
  const asleep = Array.from({ length: threads }, () => pool.run(calls / threads, { name: 'sleepsUntilStop' }))
  await until(() => held.subscribed === calls)
  await until(() => reactor.pending().filter(({ waiting }) => waiting).length === threads)
  // What making the calls has left behind must not be swept up at the cost of stop().
  collectGarbage()

  const watch = new LoopWatch()
  const begin = process.hrtime.bigint()
  const report = await reactor.stop()
  const end = process.hrtime.bigint()
  const { whole, longestHold } = await watch.end()
  const awake: bigint[] = await Promise.all(asleep)

  check(report, threads, calls)
  if (held.tornDown !== calls) throw new Error(`${held.tornDown} of ${calls} Observables were torn down`)
  // This would also happen if the threads and this one read different clocks.
  if (awake.some((time) => time < begin || time > end))
    throw new Error('a thread was awake before stop() began, or after it ended')
  return { lastAwake: Math.max(...awake.map((time) => msFrom(begin, time))), closed: whole, longestHold }
}

function check({ interrupted, drained, terminated }: StopReport, threads: number, calls: number): void {
  if (interrupted === calls && drained === threads && terminated === 0) return
  throw new Error(`stop() interrupted ${interrupted} calls, drained ${drained} threads, terminated ${terminated}`)
}

/** How long `close()` of a Piscina takes whose one thread sleeps, in ms. */
async function closePiscina(): Promise<number> {
  const pool = new Piscina({ filename: tasks, maxThreads: 1, closeTimeout: CLOSE_TIMEOUT })
  const asleep = once(pool, 'message')
  const terminated = pool.run(undefined, { name: 'sleepsForEver' }).catch(() => undefined)
  await asleep
  const timedOut = once(pool, 'error')
  const begin = process.hrtime.bigint()
  await pool.close()
  const end = process.hrtime.bigint()
  await Promise.all([timedOut, terminated])
  return msFrom(begin, end)
}

function msFrom(begin: bigint, end: bigint): number {
  return Number(end - begin) / 1e6
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}
