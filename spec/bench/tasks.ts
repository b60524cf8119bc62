/** What the benchmark's pool threads do. */
import { blocking, type EventualResult, eventual } from 'rx-crochet/caller'
import type { benchmarked } from './benchmarked.js'

const now = blocking<typeof benchmarked>('benchmarked', { timeout: 60_000 })
const later = eventual<typeof benchmarked>('benchmarked')

/** How long each of that many blocking calls took, in µs. */
export function blockingCalls(calls: number): Float64Array {
  const took = new Float64Array(calls)
  for (let i = 0; i < calls; i++) {
    const start = performance.now()
    now.increment(i)
    took[i] = (performance.now() - start) * 1_000
  }
  return took
}

/** How long one call took, in µs, where all are sent before the first is read. */
export function pipelinedCalls(calls: number): number {
  const start = performance.now()
  const results = Array.from({ length: calls }, (_, i) => later.increment(i))
  for (const result of results) result.wait(60_000)
  return ((performance.now() - start) * 1_000) / calls
}

const kept: EventualResult<unknown>[] = []

/** Makes calls that stay pending, and keeps them; returns what each of them takes of this thread's heap, in bytes. */
export function pendingCalls(calls: number): number {
  const before = heapUsed()
  for (let i = 0; i < calls; i++) kept.push(later.never(i))
  now.increment(0) // the reactor has received them all when this is answered
  return (heapUsed() - before) / calls
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
