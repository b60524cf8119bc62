import { emitting, eventual, fromPool, Reactor, retrieveResult } from 'rx-crochet'
import { lastValueFrom, ReplaySubject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Flag, newFlag, raised } from '../fixtures/flag.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { tasksOf } from '../fixtures/tasks.js'
import type * as worker from '../fixtures/waits-tasks.js'

const filename = new URL('../fixtures/waits-tasks.js', import.meta.url).href
const TIMED_OUT = { threw: expect.objectContaining({ class: 'TimeoutError' }) }

let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>
let later: ReplaySubject<string>
let begun: number

/** Begins a task, and holds the loop until that lets it go on. */
function holding<Result>(begin: (go: Flag) => Result): Result {
  const go = newFlag()
  const result = begin(go)
  raised(go)
  return result
}

describe('while the loop of the reactor stands still', () => {
  beforeEach(async () => {
    log = new RecordedLog()
    reactor = new Reactor({ logger: log, maxPending: 2 })
    later = new ReplaySubject(1)
    begun = 0
    reactor.expose('service', {
      now: () => {
        begun += 1
        return 'now'
      },
      later: () => later,
    })
    const pool = reactor.createPool({ filename, minThreads: 1, maxThreads: 1 })
    run = tasksOf<typeof worker>(pool)
    await run('now', undefined)
  })
  afterEach(() => reactor.stop())

  it('stash() of an unfinished call ends in time, and the result stays', async () => {
    await run('call', undefined)
    expect(await holding((go) => run('stashHeld', go))).toMatchObject(TIMED_OUT)
    later.next('later')
    expect(await run('wait', undefined)).toEqual({ returned: 'later' })
  })

  it.each(['call', 'callNow'] as const)('it can be stashed again, and is in the store once: %s', async (call) => {
    await run(call, undefined)
    expect(await holding((go) => run('stashHeld', go))).toMatchObject(TIMED_OUT)
    const stashed = await run('stash', undefined)
    const result = reactor.retrieveResult(stashed).asPromise()
    later.next('later')
    expect(await result).toBe(call === 'call' ? 'later' : 'now')
    expect(() => reactor.retrieveResult(stashed)).toThrow('no result')
  })

  it('retrieveResult() ends in time, and the result stays where it is', async () => {
    const uid = eventual<worker.Service>('service').now().stash()
    expect(await holding((go) => run('retrieveHeld', { go, uid }))).toMatchObject(TIMED_OUT)
    expect(await run('retrieve', uid)).toEqual({ returned: 'now' })
    expect(await run('retrieve', uid)).toMatchObject({ threw: { class: 'ResultNotFoundError' } })
  })

  it('leaves an unfinished one to others', async () => {
    const uid = eventual<worker.Service>('service').later().stash()
    await new Promise(setImmediate)
    expect(await holding((go) => run('retrieveHeld', { go, uid }))).toMatchObject(TIMED_OUT)
    const result = reactor.retrieveResult(uid).asPromise()
    later.next('later')
    expect(await result).toBe('later')
  })

  it('a call for which there is no room ends in time, and has not begun', async () => {
    await run('call', undefined) // which leaves room for one
    expect(await holding((go) => run('oneMoreHeld', go))).toMatchObject({ returned: [TIMED_OUT, false] })
    expect(await run('retrieve', 'unknown')).toMatchObject({ threw: { class: 'ResultNotFoundError' } })
    expect(begun).toBe(2)
  })

  it.each(['yieldsHeld', 'yieldsLaterHeld'])('a yield ends in time: %s', async (name) => {
    const pool = reactor.createPool({ filename, minThreads: 1, maxThreads: 1 })
    const task = tasksOf<typeof worker>(pool)
    await task('now', undefined)
    const last = holding((go) => lastValueFrom(fromPool(pool, go, { name, buffer: 1 })))
    await expect(last).rejects.toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('within 10 ms') })
  })
})

it.each<[what: string, call: () => unknown, message: string]>([
  ['stash()', () => eventual('service').call?.().stash({ timeout: Number.NaN }), 'stash()'],
  ['retrieveResult()', () => retrieveResult('uid', { timeout: -1 }), 'retrieveResult()'],
  ['eventual()', () => eventual('service', { roomTimeout: -1 }), 'options.roomTimeout of eventual()'],
  ['emitting()', () => emitting(() => [], { timeout: -1 }), 'options.timeout of emitting()'],
])('a wrong bound of %s is a RangeError', (_, call, message) => {
  expect(call).toThrow(RangeError)
  expect(call).toThrow(message)
})
