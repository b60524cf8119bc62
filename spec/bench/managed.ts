import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Figure } from './figures.js'
import { besidePeers, type Comparison, type Kind } from './managed-peers.js'
import { CALLING_PROCESSES, PROCESSES } from './rounds.js'

/** How long a plain synchronous program takes until it has its first result, beside its peers. */
export function firstResults(): Figure[] {
  const firstResult = (kind: Kind): number => Number(output('managed-first-result', kind))
  const round = (): Comparison => ({
    what: "main thread: process's start until the first result, median",
    unit: 'ms',
    took: {
      ours: firstResult('ours'),
      synckit: firstResult('synckit'),
      'make-synchronous': firstResult('make-synchronous'),
    },
    atMost: 1,
  })
  round() // for the disk
  return besidePeers(Array.from({ length: PROCESSES }, round))
}

/** How long the calls of a plain synchronous program take, beside its peers'. */
export function managedCalls(): Figure[] {
  const measured = (): Comparison[] => JSON.parse(output('managed-calls', ...process.argv.slice(2)))
  return besidePeers(Array.from({ length: CALLING_PROCESSES }, measured).flat())
}

/** What that program of this folder prints. */
function output(program: string, ...args: string[]): string {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url))
  const { status, signal, stdout, error } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status === 0) return stdout
  throw new Error(`${program} ended with ${error?.message ?? signal ?? status}`)
}
