import type { Piscina } from 'piscina'
import { createSyncFn } from 'synckit'
import { type Figure, quantile } from './figures.js'
import { CALLS, ROUNDS } from './rounds.js'

const WARM_UP_ROUNDS = 4

const synckit = createSyncFn(new URL('./synckit-worker.js', import.meta.url))

/** How long a blocking call takes, beside synckit's. */
export async function blockingCalls(pool: Piscina): Promise<Figure[]> {
  // Until the compilers of both threads have done their work.
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round(pool)
  const rounds: Awaited<ReturnType<typeof round>>[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round(pool))
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

async function round(pool: Piscina): Promise<{ ours: Float64Array; peer: Float64Array }> {
  const ours: Float64Array = await pool.run(CALLS, { name: 'blockingCalls' })
  const peer = new Float64Array(CALLS)
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now()
    synckit(i)
    peer[i] = (performance.now() - start) * 1_000
  }
  return { ours, peer }
}
