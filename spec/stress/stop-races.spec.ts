import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { fromPool, offload, Reactor, ReactorStopped, type StopReport } from 'rx-crochet'
import { firstValueFrom, map, materialize, NEVER, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Deferred, tasks } from '../fixtures/lifecycle-support.js'
import type { Tally, Way } from '../fixtures/lifecycle-tasks.js'
import type { Account } from '../fixtures/shutdown-tasks.js'

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

describe('calls that race a stop with a grace and triggers', () => {
  const shutdownTasks = new URL('../fixtures/shutdown-tasks.js', import.meta.url).href
  const workerFile = new URL('../fixtures/shutdown-worker.js', import.meta.url)

  /** The result of a Worker's task, among its other messages. */
  const resultOf = (worker: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', (message: object) => 'result' in message && resolve(message.result))
    })

  it('all have an outcome, each its own, and the report counts no more than were interrupted', async () => {
    let most = 0
    for (let round = 0; round < 12; round++) {
      await using reactor = new Reactor({ logLevel: 'silent' })
      const report = new Deferred<StopReport>()
      const last = 100 + 161 * round
      let calls = 0
      const stop = (): void => void reactor.stop({ grace: round % 4, drainTimeout: 600_000 }).then(report.resolve)
      const attempt = (value: number): unknown => {
        calls += 1
        if (calls === last) {
          if (round % 2 === 0) stop()
          else setImmediate(stop)
        }
        if (value % 11 === 3) throw new RangeError(String(value))
        if (value % 13 === 5) return timer(1).pipe(map(() => value))
        // Unfinished when the grace is over.
        if (value % 7 === 6 && calls > last) return NEVER
        return value % 2 === 0 ? value : nextTurn(value)
      }
      reactor.expose('svc', { attempt })
      if (round % 3 > 0) reactor.onShutdown('before', () => sleep(1))
      if (round % 5 > 0) reactor.onShutdown('before', () => nextTurn())
      const pool = reactor.createPool({ filename: shutdownTasks, minThreads: 2, maxThreads: 2 })
      const worker = new Worker(workerFile, { workerData: { task: 'keepsAccount', input: 'asPromise' } })
      reactor.attach(worker)
      const accounts = await Promise.all([
        pool.run('blocking', { name: 'keepsAccount' }),
        pool.run('wait', { name: 'keepsAccount' }),
        resultOf(worker),
      ])
      let allStopped = 0
      // As the task returns them.
      for (const { made, values, failures, stopped, wrong } of accounts as Account[]) {
        expect(wrong).toEqual([])
        expect(values + failures + stopped).toBe(made)
        allStopped += stopped
      }
      const { interrupted, drained, terminated } = await report.promise
      expect({ drained, terminated }).toEqual({ drained: 2, terminated: 0 })
      expect(interrupted).toBeLessThanOrEqual(allStopped)
      most = Math.max(most, interrupted)
    }
    expect(most).toBeGreaterThan(0)
  })
})

describe('tasks that race the stop', () => {
  const filename = new URL('../fixtures/closing-tasks.js', import.meta.url).href
  /** In ms. */
  const LONG = 60_000

  interface Ends {
    finished: number
    failed: number
    rejected: number
    readonly wrong: unknown[]
  }

  function enter(ends: Ends, error: unknown): void {
    if (!(error instanceof ReactorStopped)) ends.wrong.push(error)
    else if (error.message.includes('did not run')) ends.rejected += 1
    else ends.failed += 1
  }

  it.each([0, 2, LONG])('have one end each, and the report counts them: a grace of %i ms', async (grace) => {
    for (let round = 0; round < 20; round++) {
      await using racing = new Reactor({ logLevel: 'silent' })
      const report = new Deferred<StopReport>()
      let calls = 0
      const first = async (value: unknown): Promise<unknown> => {
        calls += 1
        if (calls === 30 + 17 * round) setImmediate(() => void racing.stop({ grace }).then(report.resolve))
        await new Promise((resolve) => setImmediate(resolve))
        return value
      }
      racing.expose('svc', { first })
      const pool = racing.createPool({ filename, minThreads: 3, maxThreads: 3 })
      const ends: Ends = { finished: 0, failed: 0, rejected: 0, wrong: [] }
      let submitted = 0
      const submit = async (): Promise<void> => {
        while (racing.state !== 'stopped' && ends.rejected < 50) {
          const task = 10 * submitted++
          const run = submitted % 2 === 0 ? pool.run(task, { name: 'threeCalls' }) : run$(task)
          await run.then(
            (result) => {
              if (result === task) ends.finished += 1
              else ends.wrong.push(result)
            },
            (error: unknown) => enter(ends, error),
          )
        }
      }
      const run$ = (task: number): Promise<unknown> => firstValueFrom(fromPool(pool, task, { name: 'threeCalls' }))
      await Promise.all(Array.from({ length: 8 }, submit))
      const { rejected, interrupted } = await report.promise
      expect(ends.wrong).toEqual([])
      expect(ends.finished + ends.failed + ends.rejected).toBe(submitted)
      // What came when the report had been made is not in it.
      expect(rejected).toBeLessThanOrEqual(ends.rejected)
      if (grace === LONG) expect([interrupted, ends.failed]).toEqual([0, 0])
    }
  })

  it('of offload() give the results of all that were taken, and end with ReactorStopped', async () => {
    for (let round = 0; round < 20; round++) {
      await using racing = new Reactor({ logLevel: 'silent' })
      const report = new Deferred<StopReport>()
      let calls = 0
      const first = (value: unknown): unknown => {
        calls += 1
        if (calls === 30 + 7 * round) setImmediate(() => void racing.stop({ grace: LONG }).then(report.resolve))
        return value
      }
      racing.expose('svc', { first })
      const pool = racing.createPool({ filename, minThreads: 3, maxThreads: 3 })
      const taken: number[] = []
      const tasks = function* (): Generator<number> {
        for (let task = 0; ; task += 10) {
          taken.push(task)
          yield task
        }
      }
      const ordered = round % 2 === 0
      const told = offload<number, number>(pool, { name: 'threeCalls', concurrency: 5, ordered })(tasks())
      const all = await firstValueFrom(told.pipe(materialize(), toArray()))
      const results = all.flatMap((it) => (it.kind === 'N' ? [it.value] : []))
      expect(results.toSorted((a, b) => a - b)).toEqual(taken)
      if (ordered) expect(results).toEqual(taken)
      expect(all.at(-1)).toMatchObject({ kind: 'E', error: { name: 'ReactorStopped' } })
      expect(await report.promise).toMatchObject({ interrupted: 0, rejected: 0, terminated: 0 })
    }
  })
})
