import type { Outcome } from './check.js'
import type { Found, Problem } from './files.js'
import type { BrokenLink } from './worker.js'

/** What `--json` prints. */
export interface Summary {
  readonly files: number
  readonly links: number
  /** Links that this program does not check, or not with `--offline`. */
  readonly skipped: number
  readonly broken: readonly BrokenLink[]
  /** Files and folders that could not be read. */
  readonly problems: readonly Problem[]
  readonly interrupted: boolean
  /** What an interrupt came before: files that nobody opened, and links of opened ones. */
  readonly unchecked: { readonly files: number; readonly links: number }
  readonly seconds: number
}

export function summarize({ files, problems }: Found, { reports, interrupted, seconds }: Outcome): Summary {
  const done = reports.filter((report) => report !== undefined)
  const total = (count: 'links' | 'skipped' | 'unchecked') => done.reduce((sum, report) => sum + report[count], 0)
  return {
    files: files.length,
    links: total('links'),
    skipped: total('skipped'),
    broken: done.flatMap((report) => report.broken),
    problems: [
      ...problems,
      ...done.flatMap(({ file, problem }) => (problem === undefined ? [] : [{ file, reason: problem }])),
    ],
    interrupted,
    unchecked: { files: files.length - done.length, links: total('unchecked') },
    seconds: Number(seconds.toFixed(3)),
  }
}
