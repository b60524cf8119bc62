import type { Piscina } from 'piscina'
import { type Figure, median } from './figures.js'
import type { PythonCrochet } from './python-crochet.js'
import { ROUNDS, STRETCH } from './rounds.js'

const PIPELINED = 10_000
/** In µs. */
const MOST_PER_CALL = 3
const MOST_OF_CROCHET = 1 / 10

/** How long a call takes of many that are sent before the first answer is read. */
export async function pipelinedCalls(pool: Piscina, crochet: PythonCrochet | undefined): Promise<Figure[]> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  // The first is for the compilers.
  for (let round = -1; round < ROUNDS; round++) {
    const calls: number[] = await pool.run({ calls: PIPELINED, ms: STRETCH }, { name: 'pipelinedCalls' })
    // Takes about as long for the first of them.
    const peer = await crochet?.pipelinedCalls(PIPELINED)
    if (round < 0) continue
    ours.push(...calls)
    if (peer !== undefined) theirs.push(peer)
  }
  const row = { what: `a call of ${PIPELINED} sent first, then read, median`, unit: 'µs', ours: median(ours) }
  return [
    { ...row, beside: { name: 'bound', value: MOST_PER_CALL }, atMost: 1 },
    { ...row, beside: { name: "Python's Crochet", value: crochet && median(theirs) }, atMost: MOST_OF_CROCHET },
  ]
}
