/** One server under load that gets a SIGTERM in the middle of it. */
import { Child, type End } from '../../fixtures/process-end-child.js'
import type { Report } from './books.js'
import { askUntilRefused, type Exchange } from './client.js'
import type { Pattern } from './patterns.js'

const clients = 20

export interface Round {
  /** Until the signal was sent, and from then on. */
  readonly before: readonly Exchange[]
  readonly after: readonly Exchange[]
  readonly report: Report
  readonly end: End
  /** What the program wrote to its standard error: the log of its reactor, too. */
  readonly errors: string
}

/**
 * @param answers - When so many have come, the program gets its signal.
 * @param given - Aborts when nobody waits for the round any more; a program that hangs ends then.
 */
export async function round({ server, hook }: Pattern, answers: number, given: AbortSignal): Promise<Round> {
  const child = new Child('../integration/shutdown-load/program.js', server, { hook })
  const kill = (): void => child.kill('SIGKILL')
  given.addEventListener('abort', kill, { once: true })
  try {
    await child.says('ready')
    const [origin = ''] = child.lines
    const before: Exchange[] = []
    const after: Exchange[] = []
    let requests = 0
    const next = (): number => ++requests
    const told = (exchange: Exchange): void => {
      if (before.length === answers) after.push(exchange)
      else if (before.push(exchange) === answers) child.kill('SIGTERM')
    }
    await Promise.all(Array.from({ length: clients }, () => askUntilRefused(origin, next, told)))
    const end = await child.end
    return { before, after, report: reportOf(child), end, errors: child.errors }
  } finally {
    given.removeEventListener('abort', kill)
    kill()
  }
}

function reportOf({ lines, errors }: Child): Report {
  const last = lines.at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error(`It ended without a report; it printed \`${lines}\`; ${errors}`)
  return JSON.parse(last) as Report // that is what its program prints
}
