/** One row of the benchmark's table. */
export interface Figure {
  readonly what: string
  readonly unit: string
  /** `undefined` if it can't be measured here. */
  readonly ours: number | undefined
  /** The peer's figure of the same run; or a bound. Its value is `undefined` where the peer isn't installed. */
  readonly beside: { readonly name: string; readonly value: number | undefined }
  /** Ours must be at most this many times the other. With neither this nor `atLeast` there is no target. */
  readonly atMost?: number | undefined
  /** Ours must be at least this many times the other. */
  readonly atLeast?: number | undefined
}

export type Verdict = 'met' | 'NOT MET' | 'not measured' | 'no target'

export function verdict({ ours, beside: { value }, atMost, atLeast }: Figure): Verdict {
  if (ours === undefined || value === undefined) return 'not measured'
  if (atMost === undefined && atLeast === undefined) return 'no target'
  const isLowEnough = atMost === undefined || ours <= value * atMost
  const isHighEnough = atLeast === undefined || ours >= value * atLeast
  return isLowEnough && isHighEnough ? 'met' : 'NOT MET'
}

/** The value below which that share of the sample lies. */
export function quantile(sample: Float64Array, share: number): number {
  const sorted = sample.toSorted()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

export function median(sample: Iterable<number>): number {
  return quantile(Float64Array.from(sample), 0.5)
}

/** Two rows of one sample, a value a round. */
export function medianAndWorst(sample: Float64Array, row: Omit<Figure, 'ours'>): Figure[] {
  return [
    { ...row, what: `${row.what}, median`, ours: quantile(sample, 0.5) },
    { ...row, what: `${row.what}, worst`, ours: quantile(sample, 1) },
  ]
}
