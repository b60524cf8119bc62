import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { ROUNDS } from './rounds.js'

const PIPELINED = 10_000
/** In µs. */
const MOST_PER_CALL = 4

/** How long a call takes of many that are sent before the first answer is read. */
export async function pipelinedCalls(pool: Piscina): Promise<Figure> {
  const took = new Float64Array(ROUNDS)
  await pool.run(PIPELINED, { name: 'pipelinedCalls' })
  for (let i = 0; i < ROUNDS; i++) took[i] = await pool.run(PIPELINED, { name: 'pipelinedCalls' })
  return {
    what: `a call of ${PIPELINED} sent first, then read, median round`,
    unit: 'µs',
    ours: quantile(took, 0.5),
    beside: { name: 'bound', value: MOST_PER_CALL },
    atMost: 1,
  }
}
