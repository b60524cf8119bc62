import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { ROUNDS } from './rounds.js'

/** A round. */
const MOVES = 50
const COPIES = 5
const MOST_OF_NO_OP = 2
const MOST_OF_CLONES = 1.2

/** What takes the general lane: memory that is moved, and a large object that is copied. */
export async function largeValues(pool: Piscina): Promise<Figure[]> {
  // One after the other: what copies leave behind is swept up when so much memory arrives.
  const { moved, general } = await medians(pool, 'moves', MOVES)
  const { copied, cloned } = await medians(pool, 'copies', COPIES)
  return [
    {
      what: '`move()` of 64 MiB there and back, median',
      unit: 'µs',
      ours: moved,
      beside: { name: 'no-op call through the general lane', value: general },
      atMost: MOST_OF_NO_OP,
    },
    {
      what: 'an object of 1 MiB by copy there and back, median',
      unit: 'µs',
      ours: copied,
      beside: { name: 'structuredClone() there and back', value: cloned },
      atMost: MOST_OF_CLONES,
    },
  ]
}

/** Of all that a task measures. */
async function medians(pool: Piscina, task: string, turns: number): Promise<Record<string, number>> {
  const all: Record<string, number[]> = {}
  // The first are for the compilers of both threads.
  for (let round = -2; round < ROUNDS; round++) {
    const took: Record<string, Float64Array> = await pool.run(turns, { name: task })
    if (round < 0) continue
    for (const [what, times] of Object.entries(took)) all[what] = [...(all[what] ?? []), ...times]
  }
  return Object.fromEntries(Object.entries(all).map(([what, times]) => [what, quantile(Float64Array.from(times), 0.5)]))
}
