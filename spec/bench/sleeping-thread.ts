import { benchmarked } from './benchmarked.js'
import { type Figure, median } from './figures.js'
import { ROUNDS } from './rounds.js'
import { start } from './start.js'

const CALLS = 200
const MOST_TIMES = 1.05

/** What a thread takes of a core that sleeps on calls which are answered after 1 ms, beside one that never spins. */
export async function sleepingThread(): Promise<Figure> {
  const spinning = start(1, { benchmarked })
  const sleeping = start(1, { benchmarked }, { spin: false })
  const cpu = async ({ pool }: typeof spinning): Promise<number | undefined> =>
    await pool.run(CALLS, { name: 'cpuOfSleep' })
  try {
    const [ours, theirs]: [number[], number[]] = [[], []]
    // The first are for the compilers.
    for (let round = -2; round < ROUNDS; round++) {
      const [spins, sleeps] = [await cpu(spinning), await cpu(sleeping)]
      if (round < 0 || spins === undefined || sleeps === undefined) continue
      ours.push(spins)
      theirs.push(sleeps)
    }
    const isKnown = ours.length > 0
    return {
      what: "call that is answered after 1 ms, CPU of the thread that sleeps, median round's mean",
      unit: 'µs',
      ours: isKnown ? median(ours) : undefined,
      beside: { name: 'with `spin: false`', value: isKnown ? median(theirs) : undefined },
      atMost: MOST_TIMES,
    }
  } finally {
    await Promise.all([spinning.reactor.stop(), sleeping.reactor.stop()])
  }
}
