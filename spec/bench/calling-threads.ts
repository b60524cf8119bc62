import { setTimeout as sleep } from 'node:timers/promises'
import { benchmarked } from './benchmarked.js'
import { type Figure, median } from './figures.js'
import { LOADS } from './rounds.js'
import { Stage } from './stage.js'
import { start } from './start.js'

const THREADS = [1, 2, 4, 8]
/** In ms. */
const MEASURED = 1_000
/** Of what a thread would have if all had the same. */
const LEAST_SHARE = 0.5

/** What that many threads that call at once achieve; medians of the rounds. */
export interface Throughput {
  readonly threads: number
  /** In a second, of all threads. */
  readonly calls: number
  /** What the slowest thread has of what each would have if all had the same. */
  readonly smallestShare: number
}

/** How many calls threads get done that call at once. */
export async function callingThreads(): Promise<Throughput[]> {
  const rounds: Throughput[] = []
  for (let round = 0; round < LOADS; round++) {
    for (const threads of THREADS) rounds.push(await callsOf(threads))
  }
  return THREADS.map((threads) => {
    const same = rounds.filter((round) => round.threads === threads)
    const calls = median(same.map((round) => round.calls))
    return { threads, calls, smallestShare: median(same.map((round) => round.smallestShare)) }
  })
}

/** That more threads get no less done than one, and that none of them starves. */
export function throughputFigures(throughputs: readonly Throughput[]): Figure[] {
  const [one, ...more] = throughputs
  const allCalls = more.map(({ threads, calls }) => ({
    what: `${threads} threads calling at once, calls a second in all, median round`,
    unit: '/s',
    ours: calls,
    beside: { name: 'one thread', value: one?.calls },
    atLeast: 1,
  }))
  const shares = more.map(({ threads, smallestShare }) => ({
    what: `${threads} threads calling at once, the slowest one's share, median round`,
    unit: 'shares',
    ours: smallestShare,
    beside: { name: 'fair share', value: 1 },
    atLeast: LEAST_SHARE,
  }))
  return [...allCalls, ...shares]
}

async function callsOf(threads: number): Promise<Throughput> {
  const { reactor, pool } = start(threads, { benchmarked })
  try {
    const { measured: seconds, results } = await new Stage().run<number, number>(pool, 'countsCalls', timedSleep)
    const all = results.reduce((sum, calls) => sum + calls, 0)
    return { threads, calls: all / seconds, smallestShare: Math.min(...results) / (all / threads) }
  } finally {
    await reactor.stop()
  }
}

/** In s. A busy loop's timers are late. */
async function timedSleep(): Promise<number> {
  const start = performance.now()
  await sleep(MEASURED)
  return (performance.now() - start) / 1_000
}
