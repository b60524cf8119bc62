import { type Figure, verdict } from './figures.js'

const HEAD = ['what', 'ours', 'beside', 'ratio', 'target', '']

export function table(figures: readonly Figure[]): string {
  const all = [HEAD, ...figures.map(row)]
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)))
  return all
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function row(figure: Figure): string[] {
  const { what, unit, ours, beside } = figure
  return [
    what,
    ours === undefined ? '-' : `${shown(ours)} ${unit}`,
    beside.value === undefined ? `${beside.name}: not installed` : `${beside.name} ${shown(beside.value)}`,
    ratio(figure),
    target(figure),
    verdict(figure).replace('no target', ''),
  ]
}

/** Of none there can be no multiple. */
function ratio({ ours, beside: { value } }: Figure): string {
  return ours === undefined || !value ? '-' : `${(ours / value).toFixed(ours / value < 0.1 ? 3 : 2)} times`
}

function target({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `at most ${shown(atMost)} times`
  return atLeast === undefined ? '' : `at least ${shown(atLeast)} times`
}

/** Two places, but not for whole numbers and thousands. */
function shown(value: number): string {
  return Number.isInteger(value) || value >= 1_000 ? value.toFixed(0) : value.toFixed(2)
}
