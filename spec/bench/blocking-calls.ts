import type { Piscina } from 'piscina'
import { type Figure, quantile } from './figures.js'
import { echo as synckit } from './managed-synckit.js'
import { plainValues } from './plain-values.js'
import type { PythonCrochet } from './python-crochet.js'
import { repeated } from './repeated.js'
import { ROUNDS, STRETCH } from './rounds.js'

const WARM_UP_ROUNDS = 4
/** Of calls that wait for two wake-ups of the kernel, when ours wait for none. */
const MOST_OF_MEDIAN = 1 / 10
const MOST_OF_P99 = 1 / 3
/** Where the value has to be written and read, too. */
const MOST_WITH_VALUE = 1 / 6

/** How long each call took, in µs; none of a peer that isn't installed. */
export interface Latencies {
  readonly ours: Float64Array
  readonly synckit: Float64Array
  readonly crochet: Float64Array | undefined
}

/**
 * How long blocking calls take that do nothing, beside those of the peers, which take turns with ours, all for the same time.
 * For the same number of calls would not be the same: what the kernel does about two threads that begin to call each other,
 * or what else runs on the machine, takes the same time of each peer, and in it the fastest makes most calls.
 */
export async function noOpCalls(pool: Piscina, crochet: PythonCrochet | undefined): Promise<Latencies> {
  return await measure(pool, plainValues['returning a number'], crochet)
}

export function noOpFigures({ ours, synckit, crochet }: Latencies): Figure[] {
  const rows = [
    { what: 'blocking no-op call returning a number, median', share: 0.5, atMost: MOST_OF_MEDIAN },
    { what: 'blocking no-op call returning a number, p99', share: 0.99, atMost: MOST_OF_P99 },
  ]
  return rows.flatMap(({ what, share, atMost }) => {
    const row = { what, unit: 'µs', ours: quantile(ours, share), atMost }
    return [
      { ...row, beside: { name: 'synckit', value: quantile(synckit, share) } },
      { ...row, beside: { name: "Python's Crochet", value: crochet && quantile(crochet, share) } },
    ]
  })
}

/** The same with what takes longer to write and to read than a number. */
export async function callsWithValues(pool: Piscina): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kind of ['with a string of 100 characters', 'with an object of 10 fields'] as const) {
    const { ours, synckit } = await measure(pool, plainValues[kind])
    figures.push({
      what: `blocking call ${kind}, median`,
      unit: 'µs',
      ours: quantile(ours, 0.5),
      beside: { name: 'synckit', value: quantile(synckit, 0.5) },
      atMost: MOST_WITH_VALUE,
    })
  }
  return figures
}

async function measure(pool: Piscina, value: unknown, crochet?: PythonCrochet): Promise<Latencies> {
  const round = async (): Promise<Latencies> => ({
    ours: await pool.run({ ms: STRETCH, value }, { name: 'blockingCalls' }),
    synckit: repeated(STRETCH, () => synckit(value)),
    crochet: await crochet?.blockingCalls(STRETCH),
  })
  // Until the compilers of all threads have done their work.
  for (let i = 0; i < WARM_UP_ROUNDS; i++) await round()
  const rounds: Latencies[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  const all = (of: keyof Latencies): Float64Array => joined(rounds.map((one) => one[of] ?? new Float64Array()))
  return { ours: all('ours'), synckit: all('synckit'), crochet: crochet && all('crochet') }
}

function joined(samples: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(samples.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const sample of samples) {
    all.set(sample, at)
    at += sample.length
  }
  return all
}
