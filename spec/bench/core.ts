import { readFileSync } from 'node:fs'

/**
 * How long this process's main thread has been ready to run while other threads and processes had all the cores, in ms
 * since it started. Only Linux tells; elsewhere it is 0.
 */
export function waitedForCore(): number {
  const [, waited = 0] = schedulerStatistics(`self/task/${process.pid}`) ?? []
  return waited / 1e6
}

/** How long the calling thread has run on a core, in ms since it started. Only Linux tells. */
export function threadRan(): number | undefined {
  const [ran] = schedulerStatistics('thread-self') ?? []
  return ran === undefined ? undefined : ran / 1e6
}

/** In ns: how long a thread has run, and how long it has waited to run. */
function schedulerStatistics(thread: string): number[] | undefined {
  try {
    return readFileSync(`/proc/${thread}/schedstat`, 'utf8').split(' ').map(Number)
  } catch {
    return undefined
  }
}
