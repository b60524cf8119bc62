import { parseArgs } from 'node:util'

export const help = `Checks the links of Markdown files.

Usage: link-checker [PATH…] [options]

PATH is a Markdown file, or a folder that is searched for *.md and *.markdown. Not searched: .git, symbolic links,
and node_modules, unless PATH itself is in one. Without PATH, a set of sample documents is checked against a web
server of its own.

Checked: http and https links, links to files beside the document, and #anchors of Markdown files.
Skipped: other schemes (mailto:, tel:, data: …), and paths such as /docs, which only a web site can resolve.

  --threads n    threads that read and parse files, 1 to 128 (8: they sleep most of the time)
  --timeout ms   how long to wait for an answer to one HTTP request (10000; 1000 for the sample documents)
  --offline      skip http and https links
  --json         print one JSON document instead of a table
  --help         print this

Exit status: 0 no broken links, 1 broken links or unreadable files, 2 wrong usage, 130 interrupted.
`

export interface Options {
  readonly paths: readonly string[]
  readonly threads: number
  /** In milliseconds. */
  readonly timeout: number
  readonly offline: boolean
  readonly json: boolean
  readonly help: boolean
}

/** The user asked for something that can't be done; the message is one line for them to read. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws UsageError */
export function parseOptions(args: string[]): Options {
  const { values, positionals: paths } = parse(args)
  return {
    paths,
    threads: wholeNumber('--threads', values.threads ?? '8', 128),
    // Timers of Node count in 31 bits.
    timeout: wholeNumber('--timeout', values.timeout ?? (paths.length === 0 ? '1000' : '10000'), 2 ** 31 - 1),
    offline: values.offline ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        threads: { type: 'string' },
        timeout: { type: 'string' },
        offline: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    // The lines after the first are hints for whoever calls `parseArgs`.
    const [firstLine] = String(cause instanceof Error ? cause.message : cause).split('\n')
    throw new UsageError(`${firstLine} (see --help)`, { cause })
  }
}

function wholeNumber(option: string, given: string, largest: number): number {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN
  if (number >= 1 && number <= largest) return number
  throw new UsageError(`${option} takes a whole number from 1 to ${largest}, not \`${given}\``)
}
