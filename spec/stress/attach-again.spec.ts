import { Piscina } from 'piscina'
import { Reactor } from 'rx-crochet'
import { NEVER, type Observable } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Door, tasks, until } from '../fixtures/lifecycle-support.js'
import type { Hammering, Tally, Way } from '../fixtures/lifecycle-tasks.js'

const ways: readonly Way[] = ['blocking', 'wait', 'asPromise']

let reactor: Reactor
let pool: Piscina
let end: Door

beforeEach(() => {
  reactor = new Reactor()
  pool = new Piscina({ filename: tasks, maxThreads: 1 })
  end = new Door()
})

afterEach(async () => {
  end.open()
  await reactor.stop()
  await pool.destroy()
})

describe('disposing what attach() returned', () => {
  it.each(ways)('and attaching again, over and over, gives each call an outcome: %s', async (way) => {
    let calls = 0
    const echo = (value: unknown): unknown => {
      calls += 1
      return value
    }
    reactor.expose('svc', { echo })
    let attached = reactor.attach(pool)
    const tally: Promise<Tally> = pool.run({ door: end.word, way } satisfies Hammering, { name: 'hammersOn' })
    for (let round = 0; round < 500; round++) {
      const before = calls
      await until(() => calls > before)
      attached[Symbol.dispose]()
      attached = reactor.attach(pool)
    }
    end.open()
    const { made, values, stopped, wrong } = await tally
    expect(wrong).toEqual([])
    expect(values + stopped).toBe(made)
  })

  it('is never taken for a timeout by a wait without bound', async () => {
    let attached = reactor.attach(pool)
    let rounds = 0
    const hang = (): Observable<never> => {
      rounds += 1
      if (rounds === 1_000) end.open()
      // The thread is taking in the answer to the call before: a little more of it, or a little less.
      for (let step = 0; step < rounds % 500; step++) Atomics.load(end.word, 0)
      attached[Symbol.dispose]()
      attached = reactor.attach(pool)
      return NEVER
    }
    reactor.expose('svc', { hang, echo: (value: unknown) => value })
    const tally: Tally = await pool.run(end.word, { name: 'waitsBesideAnswers' })
    expect(tally).toMatchObject({ stopped: tally.made, wrong: [] })
  })
})
