import type { Figure } from './figures.js'
import { besidePeers, type Comparison, type Kind } from './managed-peers.js'
import { outputOf } from './programs.js'
import { CALLING_PROCESSES, PROCESSES } from './rounds.js'

/** How long a plain synchronous program takes until it has its first result, beside its peers. */
export async function firstResults(): Promise<Figure[]> {
  const firstResult = async (kind: Kind): Promise<number> => Number(await outputOf('managed-first-result', kind))
  const round = async (): Promise<Comparison> => ({
    what: "main thread: process's start until the first result, median",
    unit: 'ms',
    took: {
      ours: await firstResult('ours'),
      synckit: await firstResult('synckit'),
      'make-synchronous': await firstResult('make-synchronous'),
    },
    atMost: 1,
  })
  await round() // for the disk
  const rounds: Comparison[] = []
  for (let i = 0; i < PROCESSES; i++) rounds.push(await round())
  return besidePeers(rounds)
}

/** How long the calls of a plain synchronous program take, beside its peers'. */
export async function managedCalls(): Promise<Figure[]> {
  const comparisons: Comparison[] = []
  for (let i = 0; i < CALLING_PROCESSES; i++) {
    comparisons.push(...JSON.parse(await outputOf('managed-calls', ...process.argv.slice(2))))
  }
  return besidePeers(comparisons)
}
