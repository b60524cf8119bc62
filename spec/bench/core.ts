import { readFileSync } from 'node:fs'

/**
 * How long this process's main thread has been ready to run while other threads and processes had all the cores, in ms
 * since it started. Only Linux tells; elsewhere it is 0.
 */
export function waitedForCore(): number {
  try {
    const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
    return Number(waited) / 1e6
  } catch {
    return 0
  }
}
