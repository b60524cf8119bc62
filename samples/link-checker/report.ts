import Table from 'cli-table3'
import type { Summary } from './summary.js'

/** The report for people: a table of what is broken, and a line that sums up. */
export function report(summary: Summary): string {
  const { broken, problems, interrupted, unchecked } = summary
  const rows = [
    ...broken.map(({ file, line, target, reason }) => [`${file}:${line}`, target, reason]),
    ...problems.map(({ file, reason }) => [file, '', reason]),
  ]
  const lines = [
    ...(rows.length > 0 ? [table(rows), ''] : []),
    ...(interrupted
      ? [`Interrupted: ${count(unchecked.files, 'file')} and ${count(unchecked.links, 'link')} left unchecked.`]
      : []),
    `${count(summary.files, 'file')}, ${count(summary.links, 'link')} (${summary.skipped} skipped), ` +
      `${broken.length} broken, ${summary.seconds.toFixed(1)} s`,
  ]
  return lines.join('\n')
}

const borders = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
const sides = ['left', 'left-mid', 'middle', 'right', 'right-mid']
const noBorders = Object.fromEntries([...borders, ...sides].map((place) => [place, '']))

function table(rows: string[][]): string {
  const grid = new Table({
    head: ['Where', 'Link', 'Why'],
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: { ...noBorders, mid: '─', 'mid-mid': '─' },
  })
  grid.push(...rows)
  // The last column is padded, too.
  return grid.toString().replace(/ +$/gm, '')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
