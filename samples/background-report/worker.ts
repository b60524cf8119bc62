import { eventual, logger, retrieveResult } from 'rx-crochet/caller'
import type { reports } from './main.js'
import { QuotaError } from './quota-error.js'

const background = eventual<typeof reports>('reports')
const log = logger()

/** One task orders a report, and leaves it behind: the uid would go into a cookie. */
export function order(rows: number): string {
  return background.build(rows).stash()
}

/** Another collects it, whatever thread it runs in. */
export function collect(uid: string): string {
  const report = retrieveResult<string>(uid)
  log.warn({ settled: report.settled }, 'waiting for the report') // appears now, though this thread is about to block
  return report.wait(5_000)
}

/** Asks for too much; the failure is the reactor's own, whole. */
export function overdo(): string {
  const failure = background.build(2_000)
  try {
    return failure.wait(5_000)
  } catch (error) {
    if (error instanceof QuotaError) return `at most ${error.limit}, said ${placesOf(error).join(', called by ')}`
    throw error
  }
}

/** The functions in both stacks, one a side. */
function placesOf({ stack = '' }: Error): string[] {
  return stack.split(/^ +---- .*$/m).map((side) => /at (?:\w+\.)?(\w+)/.exec(side)?.[1] ?? '?')
}
