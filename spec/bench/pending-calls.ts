import type { Piscina } from 'piscina'
import type { Figure } from './figures.js'
import { heapUsed } from './heap.js'

const PENDING = 50_000
/** In bytes. */
const MOST_PER_CALL = 1_024

/** What a pending call takes of the heaps of both threads. */
export async function pendingCalls(pool: Piscina): Promise<Figure> {
  const before = heapUsed()
  const inThread: number = await pool.run(PENDING, { name: 'pendingCalls' })
  const inReactor = (heapUsed() - before) / PENDING
  return {
    what: `a pending call, both sides, of ${PENDING}`,
    unit: 'bytes',
    ours: inThread + inReactor,
    beside: { name: 'bound', value: MOST_PER_CALL },
    atMost: 1,
  }
}
