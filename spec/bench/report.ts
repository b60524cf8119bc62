import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Latencies } from './blocking-calls.js'
import type { Throughput } from './calling-threads.js'
import { waitedForCore } from './core.js'
import { type Figure, quantile, type Verdict, verdict } from './figures.js'

/** What a run has measured, as it is written for programs. */
export interface Report {
  readonly on: {
    readonly node: string
    readonly processor: string
    readonly cores: number
    /** For what share of the run its main thread was ready to run and others had all the cores: how far figures can be trusted. */
    readonly withoutCore: number
  }
  readonly quick: boolean
  readonly figures: readonly (Figure & { readonly verdict: Verdict })[]
  /** How many µs no-op calls took: the quantiles of 0.001, 0.002 … 0.999. */
  readonly latencies: Readonly<Record<keyof Latencies, readonly number[] | undefined>>
  readonly throughputs: readonly Throughput[]
}

const file = new URL('../../bench/figures.json', import.meta.url)
const QUANTILES = Array.from({ length: 999 }, (_, i) => (i + 1) / 1_000)

/** To be asked at the end of the run. */
export function machine(): Report['on'] {
  const [{ model } = { model: 'unknown' }] = cpus()
  const withoutCore = waitedForCore() / performance.now()
  return { node: process.version, processor: model, cores: availableParallelism(), withoutCore }
}

export function withVerdicts(figures: readonly Figure[]): Report['figures'] {
  return figures.map((figure) => ({ ...figure, verdict: verdict(figure) }))
}

export function quantilesOf({ ours, synckit, crochet }: Latencies): Report['latencies'] {
  const quantiles = (sample: Float64Array): number[] => {
    const sorted = sample.toSorted()
    return QUANTILES.map((share) => quantile(sorted, share))
  }
  return { ours: quantiles(ours), synckit: quantiles(synckit), crochet: crochet && quantiles(crochet) }
}

/** @returns Where it is. */
export function write(report: Report): string {
  mkdirSync(new URL('./', file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`)
  return fileURLToPath(file)
}

/** @throws Error if there is none. */
export function readLast(): Report {
  return JSON.parse(readFileSync(file, 'utf8'))
}
