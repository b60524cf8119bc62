import { type Figure, quantile } from './figures.js'

/** What blocks a plain main thread until an async function has its result: `setup()` and its peers. */
export type Kind = 'ours' | 'synckit' | 'make-synchronous'

/** What one process, or one of each kind, has measured. */
export interface Comparison {
  readonly what: string
  readonly unit: string
  readonly took: Readonly<Record<Kind, number>>
  /** How many times synckit's it may be. Beside make-synchronous there is no target. */
  readonly atMost?: number
}

/** Two rows, one a peer, for all that measured the same; they have the medians. */
export function besidePeers(comparisons: readonly Comparison[]): Figure[] {
  const rows = new Map(comparisons.map((comparison) => [comparison.what, comparison]))
  return [...rows.values()].flatMap(({ what, unit, atMost }) => {
    const same = comparisons.filter((comparison) => comparison.what === what)
    const median = (kind: Kind): number =>
      quantile(
        Float64Array.from(same, ({ took }) => took[kind]),
        0.5,
      )
    const beside = (kind: Kind): Figure => ({
      what,
      unit,
      ours: median('ours'),
      beside: { name: kind, value: median(kind) },
    })
    return [{ ...beside('synckit'), atMost }, beside('make-synchronous')]
  })
}
