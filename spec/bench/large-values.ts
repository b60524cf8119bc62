import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { ROUNDS } from './rounds.js'
import type { LargeValues } from './value-tasks.js'

const TURNS = 10
const MOST_OF_NO_OP = 2
const MOST_OF_CLONES = 1.2

/** What takes the general lane: memory that is moved, and a large object that is copied. */
export async function largeValues(pool: Piscina): Promise<Figure[]> {
  // Until the compilers of both threads have done their work.
  await pool.run(TURNS, { name: 'largeValues' })
  const rounds: LargeValues[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await pool.run(TURNS, { name: 'largeValues' }))
  const median = (of: keyof LargeValues): number =>
    quantile(Float64Array.from(rounds.flatMap((round) => [...round[of]])), 0.5)
  return [
    {
      what: '`move()` of 64 MiB there and back, median',
      unit: 'µs',
      ours: median('moved'),
      beside: { name: 'no-op call through the general lane', value: median('general') },
      atMost: MOST_OF_NO_OP,
    },
    {
      what: 'an object of 1 MiB by copy there and back, median',
      unit: 'µs',
      ours: median('copied'),
      beside: { name: 'structuredClone() there and back', value: median('cloned') },
      atMost: MOST_OF_CLONES,
    },
  ]
}
