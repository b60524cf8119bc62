import { benchmarked } from './benchmarked.js'
import { type Figure, median } from './figures.js'
import { FIRST_CALLS } from './rounds.js'
import { start, tasks } from './start.js'

/** In ms. */
const MOST_OVER_WARM = 2

/** How much longer than its later ones a thread's first call takes, which makes its connection. */
export async function firstCalls(): Promise<Figure> {
  const { reactor, pool } = start(1, { benchmarked })
  const over: number[] = []
  try {
    // For the reactor's side, which is compiled once.
    await pool.run(undefined, { name: 'firstCall' })
    for (let i = 0; i < FIRST_CALLS; i++) {
      const another = reactor.createPool({ filename: tasks, minThreads: 1, maxThreads: 1 })
      const { first, warm }: { first: number; warm: number } = await another.run(undefined, { name: 'firstCall' })
      over.push((first - warm) / 1_000)
      await another.close()
    }
    return {
      what: "a thread's first call, over a warm one, median",
      unit: 'ms',
      ours: median(over),
      beside: { name: 'bound', value: MOST_OVER_WARM },
      atMost: 1,
    }
  } finally {
    await reactor.stop()
  }
}
