/** What the threads of a pool do all at once, until their stage is over. */
import { blocking, eventual } from 'rx-crochet/caller'
import type { benchmarked } from './benchmarked.js'
import { Stage } from './stage.js'

const now = blocking<typeof benchmarked>('benchmarked', { timeout: 60_000 })
const later = eventual<typeof benchmarked>('benchmarked')

const FLOOD = 1_000
const SUMS = 100_000

/** Makes one blocking call after another. Returns how many ended while they were measured. */
export function countsCalls(words: Int32Array<SharedArrayBuffer>): number {
  const stage = new Stage(words)
  let counted = 0
  stage.arrive()
  while (!stage.isOver) {
    now.echo(counted)
    if (stage.isMeasured) counted += 1
  }
  return counted
}

/** Makes calls as fast as it can: many at a time. */
export function floods(words: Int32Array<SharedArrayBuffer>): void {
  const stage = new Stage(words)
  stage.arrive()
  while (!stage.isOver) {
    const results = Array.from({ length: FLOOD }, (_, i) => later.echo(i))
    for (const result of results) result.wait(60_000)
  }
}

/** Keeps a core busy, without a call. */
export function computes(words: Int32Array<SharedArrayBuffer>): number {
  const stage = new Stage(words)
  let sum = 0
  stage.arrive()
  while (!stage.isOver) for (let i = 0; i < SUMS; i++) sum += Math.sqrt(i)
  return sum
}
