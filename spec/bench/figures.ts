/** One row of the benchmark's table. */
export interface Figure {
  readonly what: string
  readonly unit: string
  readonly ours: number
  /** The peer's figure of the same run; or a bound. */
  readonly beside: { readonly name: string; readonly value: number }
  /** Ours must be at most this many times the other. Without it there is no target. */
  readonly atMost?: number | undefined
}

/** Also where there is no target. */
export function isMet({ ours, beside, atMost = Number.POSITIVE_INFINITY }: Figure): boolean {
  return ours <= beside.value * atMost
}

/** The value below which that share of the sample lies. */
export function quantile(sample: Float64Array, share: number): number {
  const sorted = sample.toSorted()
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

/** Two rows of one sample, a value a round. */
export function medianAndWorst(sample: Float64Array, row: Omit<Figure, 'ours'>): Figure[] {
  return [
    { ...row, what: `${row.what}, median`, ours: quantile(sample, 0.5) },
    { ...row, what: `${row.what}, worst`, ours: quantile(sample, 1) },
  ]
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    `${figure.ours.toFixed(2)} ${figure.unit}`,
    `${figure.beside.name} ${figure.beside.value.toFixed(2)}`,
    `${(figure.ours / figure.beside.value).toFixed(2)} times`,
    ...target(figure),
  ])
  const all = [['what', 'ours', 'beside', 'ratio', 'target', ''], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function target(figure: Figure): string[] {
  if (figure.atMost === undefined) return []
  return [`at most ${figure.atMost} times`, isMet(figure) ? 'met' : 'NOT MET']
}
