/**
 * The benchmark: `npm run bench`, or `npm run bench -- --quick`. Prints one table, and ends with status 1 if a target
 * is missed. Figures of ours and of a peer are taken in turns in one run, so that the machine's moods hit both.
 */
import { Reactor } from 'rx-crochet'
import { createSyncFn } from 'synckit'
import { benchmarked } from './benchmarked.js'
import { type Figure, isMet, quantile, table } from './figures.js'

const quick = process.argv.includes('--quick')
const ROUNDS = quick ? 4 : 20
const CALLS = quick ? 2_000 : 5_000
const WARM_UP_ROUNDS = 4
const PIPELINED = 10_000
const PENDING = 50_000
const MOST_PER_PIPELINED_CALL = 4
const MOST_PER_PENDING_CALL = 2_048

const reactor = new Reactor()
reactor.expose('benchmarked', benchmarked)
const pool = reactor.createPool({
  filename: new URL('./tasks.js', import.meta.url).href,
  maxThreads: 1,
})
const synckit = createSyncFn(new URL('./synckit-worker.js', import.meta.url))

try {
  const figures = [...(await blockingCalls()), await pipelinedCalls(), await pendingCalls()]
  process.stdout.write(`${table(figures)}\n`)
  process.exitCode = figures.every(isMet) ? 0 : 1
} finally {
  await reactor.stop()
}

async function blockingCalls(): Promise<Figure[]> {
  // Until the compilers of both threads have done their work.
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round()
  const rounds: Awaited<ReturnType<typeof round>>[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  const ours = Float64Array.from(rounds.flatMap((one) => [...one.ours]))
  const peer = Float64Array.from(rounds.flatMap((one) => [...one.peer]))
  return [
    { what: 'blocking no-op call, median', share: 0.5 },
    { what: 'blocking no-op call, p99', share: 0.99 },
  ].map(({ what, share }) => ({
    what,
    unit: 'µs',
    ours: quantile(ours, share),
    beside: { name: 'synckit', value: quantile(peer, share) },
    atMost: 1,
  }))
}

async function round(): Promise<{ ours: Float64Array; peer: Float64Array }> {
  const ours: Float64Array = await pool.run(CALLS, { name: 'blockingCalls' })
  const peer = new Float64Array(CALLS)
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now()
    synckit(i)
    peer[i] = (performance.now() - start) * 1_000
  }
  return { ours, peer }
}

async function pipelinedCalls(): Promise<Figure> {
  const took = new Float64Array(ROUNDS)
  await pool.run(PIPELINED, { name: 'pipelinedCalls' })
  for (let i = 0; i < ROUNDS; i++) took[i] = await pool.run(PIPELINED, { name: 'pipelinedCalls' })
  return {
    what: `a call of ${PIPELINED} sent first, then read, median round`,
    unit: 'µs',
    ours: quantile(took, 0.5),
    beside: { name: 'bound', value: MOST_PER_PIPELINED_CALL },
    atMost: 1,
  }
}

async function pendingCalls(): Promise<Figure> {
  const before = heapUsed()
  const inThread: number = await pool.run(PENDING, { name: 'pendingCalls' })
  const inReactor = (heapUsed() - before) / PENDING
  return {
    what: `a pending call, both sides, of ${PENDING}`,
    unit: 'bytes',
    ours: inThread + inReactor,
    beside: { name: 'bound', value: MOST_PER_PENDING_CALL },
    atMost: 1,
  }
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
