import { MessageChannel } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { heapUsed } from './heap.js'
import { ROUNDS } from './rounds.js'
import { start } from './start.js'

const VALUES = 100_000
const MANY_VALUES = 1_000_000
const WARM_UP_ROUNDS = 3
/** In MB; what a million values that were kept would take many times over. */
const MOST_HEAP = 1
/** Posted in one go between turns of the loop. */
const A_TURN = 1_000

/** The service whose stream is read. */
export const counting = {
  *upTo(end: number): Generator<number> {
    for (let value = 0; value < end; value++) yield value
  },
}

/** What the values of a stream take that a thread reads. */
export async function streamingFigures(): Promise<Figure[]> {
  const { reactor, pool } = start(1, { counting })
  try {
    return [await iteratedValues(pool), await heapOfIterated(pool)]
  } finally {
    await reactor.stop()
  }
}

/** Beside a loop that posts the same values to a port, and a thread that reads them there as they come. */
async function iteratedValues(pool: Piscina): Promise<Figure> {
  const took = { ours: new Float64Array(ROUNDS), other: new Float64Array(ROUNDS) }
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const ours: number = await pool.run(VALUES, { name: 'iterates' })
    const other = await bare(pool)
    if (round < 0) continue
    took.ours[round] = (ours * 1_000) / VALUES
    took.other[round] = (other * 1_000) / VALUES
  }
  return {
    what: `one of ${VALUES} values of a blocking iterator, median round`,
    unit: 'µs',
    ours: quantile(took.ours, 0.5),
    beside: { name: 'MessagePort', value: quantile(took.other, 0.5) },
    atMost: 1,
  }
}

async function bare(pool: Piscina): Promise<number> {
  const { port1, port2 } = new MessageChannel()
  const read: Promise<number> = pool.run({ port: port2, count: VALUES }, { name: 'listens', transferList: [port2] })
  let value = 0
  const post = (): void => {
    for (const end = Math.min(value + A_TURN, VALUES); value < end; value++) port1.postMessage(value)
    if (value < VALUES) setImmediate(post)
  }
  post()
  const took = await read
  port1.close()
  return took
}

async function heapOfIterated(pool: Piscina): Promise<Figure> {
  const before = heapUsed()
  const left: number = await pool.run(MANY_VALUES, { name: 'heapOfIterating' })
  return {
    what: `heap after ${MANY_VALUES} values of a blocking iterator`,
    unit: 'MB',
    ours: Math.max(0, heapUsed() - before, left) / 2 ** 20,
    beside: { name: 'bound', value: MOST_HEAP },
    atMost: 1,
  }
}
