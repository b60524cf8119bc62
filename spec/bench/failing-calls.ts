import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { CALLS, ROUNDS } from './rounds.js'

/** What a failure costs more: its stack, taken apart in one thread and put together in the other, and the one of the wait. */
const MOST_TIMES = 3

interface Round {
  readonly failing: Float64Array
  readonly succeeding: Float64Array
}

/** How long a blocking call takes that fails, beside one that succeeds. */
export async function failingCalls(pool: Piscina): Promise<Figure> {
  // Until the compilers of both threads have done their work.
  await pool.run(CALLS, { name: 'failingCalls' })
  const rounds: Round[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await pool.run(CALLS, { name: 'failingCalls' }))
  const all = (of: keyof Round): Float64Array => Float64Array.from(rounds.flatMap((round) => [...round[of]]))
  return {
    what: 'blocking call that fails, median',
    unit: 'µs',
    ours: quantile(all('failing'), 0.5),
    beside: { name: 'one that succeeds', value: quantile(all('succeeding'), 0.5) },
    atMost: MOST_TIMES,
  }
}
