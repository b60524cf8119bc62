import { benchmarked } from './benchmarked.js'
import { type Figure, median } from './figures.js'
import { LOADS } from './rounds.js'
import { start } from './start.js'

/** A round. */
const CALLS = 100
const WARM_UP = 5
const MEASURED = 3
const MOST_TIMES = 1.05

interface Pair {
  readonly spins: number
  readonly sleeps: number
}

/** What a thread takes of a core that sleeps on calls which are answered after 1 ms, beside one that never spins. */
export async function sleepingThread(): Promise<Figure> {
  const pairs: Pair[] = []
  // What a thread takes also depends on where the kernel has put it, so there are several.
  for (let load = 0; load < LOADS; load++) pairs.push(...(await pairOfThreads()))
  const isKnown = pairs.length > 0
  return {
    what: "call that is answered after 1 ms, CPU of the thread that sleeps, median round's mean",
    unit: 'µs',
    ours: isKnown ? median(pairs.map(({ spins }) => spins)) : undefined,
    beside: { name: 'with `spin: false`', value: isKnown ? median(pairs.map(({ sleeps }) => sleeps)) : undefined },
    atMost: MOST_TIMES,
  }
}

async function pairOfThreads(): Promise<Pair[]> {
  const spinning = start(1, { benchmarked })
  const sleeping = start(1, { benchmarked }, { spin: false })
  const cpu = async ({ pool }: typeof spinning): Promise<number | undefined> =>
    await pool.run(CALLS, { name: 'cpuOfSleep' })
  const pairs: Pair[] = []
  try {
    for (let round = -WARM_UP; round < MEASURED; round++) {
      const [spins, sleeps] = [await cpu(spinning), await cpu(sleeping)]
      if (round >= 0 && spins !== undefined && sleeps !== undefined) pairs.push({ spins, sleeps })
    }
    return pairs
  } finally {
    await Promise.all([spinning.reactor.stop(), sleeping.reactor.stop()])
  }
}
