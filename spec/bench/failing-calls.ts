import type { Piscina } from 'piscina'
import { createSyncFn } from 'synckit'
import { type Figure, quantile } from './figures.js'
import { CALLS, ROUNDS } from './rounds.js'

/**
 * Of a call that succeeds, and what V8 takes for an Error in either thread: what a failure costs more is its stack, taken
 * apart in one thread and put together in the other, and the one of the wait.
 */
const MOST_TIMES = 3

const synckitFails = createSyncFn(new URL('./synckit-failing-worker.js', import.meta.url))

/** How long each took, in µs. */
interface Round {
  readonly failing: Float64Array
  readonly succeeding: Float64Array
  /** What V8 takes for an Error that stays in its thread. */
  readonly v8InThread: Float64Array
  readonly v8InReactor: Float64Array
  readonly synckit: Float64Array
}

/** How long a blocking call takes that fails, beside one that succeeds, and synckit's that fails. */
export async function failingCalls(pool: Piscina): Promise<Figure[]> {
  const round = async (): Promise<Round> => ({
    ...(await pool.run(CALLS, { name: 'failingCalls' })),
    synckit: synckitCalls(),
  })
  // Until the compilers of both threads have done their work.
  await round()
  const rounds: Round[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  const median = (of: keyof Round): number => quantile(Float64Array.from(rounds.flatMap((one) => [...one[of]])), 0.5)
  const succeeds = median('succeeding') + median('v8InThread') + median('v8InReactor')
  const row = { what: 'blocking call that fails, median', unit: 'µs', ours: median('failing') }
  return [
    {
      ...row,
      beside: { name: 'one that succeeds, and an Error of V8 on each side:', value: succeeds },
      atMost: MOST_TIMES,
    },
    { ...row, beside: { name: 'synckit', value: median('synckit') } },
  ]
}

function synckitCalls(): Float64Array {
  const took = new Float64Array(CALLS)
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now()
    try {
      synckitFails(i)
    } catch {
      // That is what it is measured for.
    }
    took[i] = (performance.now() - start) * 1_000
  }
  return took
}
