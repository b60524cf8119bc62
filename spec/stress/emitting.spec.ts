import fc from 'fast-check'
import type { Piscina } from 'piscina'
import { fromPool, offload, Reactor } from 'rx-crochet'
import { from, lastValueFrom, mergeMap, type Observable, tap, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

const filename = new URL('../fixtures/offload-worker.js', import.meta.url).href

const ROUNDS = 100

interface Mix {
  readonly threads: number
  readonly name: 'range' | 'rangeLater'
  /** How many values each task yields. */
  readonly counts: readonly number[]
  readonly concurrency: number
  readonly buffer: number
  readonly ordered: boolean
  readonly by: 'offload' | 'fromPool'
  /** For how long the loop is busy with each value, in ms: meanwhile threads end tasks, and begin and end others. */
  readonly work: number
}

const mixes = fc.record<Mix>({
  threads: fc.integer({ min: 1, max: 4 }),
  name: fc.constantFrom('range', 'rangeLater'),
  counts: fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }),
  concurrency: fc.integer({ min: 1, max: 8 }),
  buffer: fc.integer({ min: 1, max: 20 }),
  ordered: fc.boolean(),
  by: fc.constantFrom('offload', 'fromPool'),
  work: fc.constantFrom(0, 0.1, 1, 2),
})

function valuesOf(pool: Piscina, { name, counts, concurrency, buffer, ordered, by }: Mix): Observable<number> {
  const tasks = counts.map((count) => ({ count }))
  return by === 'offload'
    ? offload<object, number>(pool, { name, concurrency, buffer, ordered })(tasks)
    : from(tasks).pipe(mergeMap((task) => fromPool<object, number>(pool, task, { name, buffer }), concurrency))
}

function workFor(duration: number): void {
  const end = performance.now() + duration
  while (performance.now() < end);
}

describe('emitting tasks of many threads, while the loop is busy with their values,', () => {
  it('all come to their ends, with all their values', { timeout: 600_000 }, async () => {
    const property = fc.asyncProperty(mixes, async (mix) => {
      // New threads each time: a thread's first values come by a channel that is still on its way.
      await using reactor = new Reactor()
      const pool = reactor.createPool({ filename, minThreads: mix.threads, maxThreads: mix.threads })
      const worked = valuesOf(pool, mix).pipe(tap(() => workFor(mix.work)))
      const values = await lastValueFrom(worked.pipe(toArray()))
      const expected = mix.counts.flatMap((count) => Array.from({ length: count }, (_, value) => value))
      if (mix.ordered && mix.by === 'offload') expect(values).toEqual(expected)
      else expect(values.toSorted()).toEqual(expected.toSorted())
    })
    await fc.assert(property, { numRuns: ROUNDS, endOnFailure: true })
  })
})
