import { Reactor, type StopReport } from 'rx-crochet'
import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Deferred, tasks } from '../fixtures/lifecycle-support.js'
import type { Tally, Way } from '../fixtures/lifecycle-tasks.js'

describe('calls that race the stop', () => {
  it.each(['in a function', 'in a turn of the loop'] as const)(
    'all have an outcome, each its own, when it comes %s',
    async (where) => {
      const ways: readonly Way[] = ['blocking', 'wait', 'asPromise']
      for (let round = 0; round < 15; round++) {
        await using racing = new Reactor()
        const report = new Deferred<StopReport>()
        const stop = (): void => void racing.stop({ drainTimeout: 10_000 }).then(report.resolve)
        let calls = 0
        const echo = (value: unknown): unknown => {
          calls += 1
          if (calls === 200 + 371 * round) {
            if (where === 'in a function') stop()
            else setImmediate(stop)
          }
          return value
        }
        racing.expose('svc', { echo })
        const pool = racing.createPool({ filename: tasks, minThreads: 3, maxThreads: 3 })
        const tallies: Tally[] = await Promise.all(ways.map((way) => pool.run(way, { name: 'hammers' })))
        for (const { made, values, stopped, wrong } of tallies) {
          expect(wrong).toEqual([])
          expect(values + stopped).toBe(made)
        }
        expect(await report.promise).toMatchObject({ drained: 3, terminated: 0 })
      }
    },
  )

  it('all have an outcome, while a thread takes in thousands of others', async () => {
    const many = 20_000
    for (let round = 0; round < 10; round++) {
      await using racing = new Reactor()
      const report = new Deferred<StopReport>()
      let calls = 0
      const echo = (value: unknown): unknown => {
        calls += 1
        if (calls === many) void racing.stop({ drainTimeout: 10_000 }).then(report.resolve)
        return value
      }
      racing.expose('svc', { echo, hang: () => NEVER })
      const pool = racing.createPool({ filename: tasks, maxThreads: 1 })
      const tally = pool.run(many, { name: 'awaitsAmong' }).catch((error: Error) => error.message)
      expect(await report.promise).toMatchObject({ drained: 1, terminated: 0 })
      expect(await tally).toEqual({ made: many + 1, values: many - 1, stopped: 2, wrong: [] })
    }
  })
})
