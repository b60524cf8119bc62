import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { fromPool, offload } from 'rx-crochet'
import { count, lastValueFrom } from 'rxjs'
import { type Figure, quantile } from './figures.js'
import { heapUsed } from './heap.js'
import { ROUNDS } from './rounds.js'
import { start } from './start.js'

const VALUES = 100_000
const MANY_VALUES = 1_000_000
const TASKS = 10_000
const THREADS = 2
const WARM_UP_ROUNDS = 3
/** In MB; what a million values that were kept would take many times over. */
const MOST_HEAP = 1

/** What tasks emit, and how many there are in a second. */
export async function offloadingFigures(): Promise<Figure[]> {
  const { reactor, pool } = start(THREADS, {})
  try {
    return [await offloadedTasks(pool), await emittedValues(pool), await heapOfEmitted(pool)]
  } finally {
    await reactor.stop()
  }
}

/** Many tiny tasks, beside the loop that one would write by hand. */
async function offloadedTasks(pool: Piscina): Promise<Figure> {
  const ours = (): Promise<unknown> =>
    lastValueFrom(offload<number, number>(pool, { name: 'increment' })(upTo(TASKS)).pipe(count()))
  const byHand = async (): Promise<unknown> => {
    const tasks = upTo(TASKS)
    const work = async (): Promise<void> => {
      for (const task of tasks) await pool.run(task, { name: 'increment' })
    }
    return Promise.all(Array.from({ length: THREADS }, work))
  }
  return {
    what: `one of ${TASKS} tiny tasks through offload(), median round`,
    ...(await inTurns(ours, byHand, TASKS)),
    atMost: 1.1,
  }
}

/** Many values of one task, beside a thread that posts them to a port. */
async function emittedValues(pool: Piscina): Promise<Figure> {
  const ours = (): Promise<unknown> => lastValueFrom(fromPool(pool, VALUES, { name: 'emits' }).pipe(count()))
  const bare = async (): Promise<unknown> => {
    const { port1, port2 } = new MessageChannel()
    let received = 0
    port1.on('message', () => {
      received += 1
      if (received === VALUES) port1.close()
    })
    const posted = pool.run({ port: port2, count: VALUES }, { name: 'posts', transferList: [port2] })
    await once(port1, 'close')
    return posted
  }
  return { what: `one of ${VALUES} emitted values, median round`, ...(await inTurns(ours, bare, VALUES)), atMost: 1 }
}

async function heapOfEmitted(pool: Piscina): Promise<Figure> {
  const before = heapUsed()
  await lastValueFrom(fromPool(pool, MANY_VALUES, { name: 'emits' }).pipe(count()))
  return {
    what: `heap after ${MANY_VALUES} emitted values`,
    unit: 'MB',
    ours: Math.max(0, heapUsed() - before) / 2 ** 20,
    beside: { name: 'bound', value: MOST_HEAP },
    atMost: 1,
  }
}

function* upTo(end: number): Generator<number> {
  for (let value = 0; value < end; value++) yield value
}

/** What each of so many takes, in µs. */
async function inTurns(
  ours: () => Promise<unknown>,
  other: () => Promise<unknown>,
  parts: number,
): Promise<Pick<Figure, 'unit' | 'ours' | 'beside'>> {
  const took = { ours: new Float64Array(ROUNDS), other: new Float64Array(ROUNDS) }
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const start = performance.now()
    await ours()
    const between = performance.now()
    await other()
    if (round < 0) continue
    took.ours[round] = ((between - start) * 1_000) / parts
    took.other[round] = ((performance.now() - between) * 1_000) / parts
  }
  return {
    unit: 'µs',
    ours: quantile(took.ours, 0.5),
    beside: { name: parts === TASKS ? 'pool.run()' : 'MessagePort', value: quantile(took.other, 0.5) },
  }
}
