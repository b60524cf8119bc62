import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { type EventualResult, eventual, Reactor, waitAll, waitAllSettled, waitAny, waitRace } from 'rx-crochet'
import { Subject } from 'rxjs'
import { afterAll, afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type * as worker from '../fixtures/combine-worker.js'
import type { Item, Verb } from '../fixtures/combine-worker.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import type { Seen } from '../fixtures/seen.js'
import { SharedPool } from '../fixtures/shared-pool.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/combine-worker.js', import.meta.url).href
const sharedPool = new SharedPool({ filename })
const VERBS: readonly Verb[] = ['waitAll', 'waitAllSettled', 'waitAny', 'waitRace']
const NAMESAKES: Record<Verb, (promises: readonly unknown[]) => Promise<unknown>> = {
  waitAll: (promises) => Promise.all(promises),
  waitAllSettled: (promises) => Promise.allSettled(promises),
  waitAny: (promises) => Promise.any(promises),
  waitRace: (promises) => Promise.race(promises),
}

let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>
/** What ends the calls, by index. */
let ends: Map<number, Subject<unknown>>
/** What happens when the thread says that all calls are made: the first time, the second … */
let onMade: (() => void)[]
let now: () => unknown

beforeEach(() => {
  log = new RecordedLog()
  reactor = new Reactor({ logger: log })
  ends = new Map()
  onMade = []
  now = () => 'value'
  reactor.expose('service', {
    at: (index: number) => {
      const end = new Subject()
      ends.set(index, end)
      return end
    },
    made: () => onMade.shift()?.(),
    now: () => now(),
  })
  run = tasksOf<typeof worker>(sharedPool.attachTo(reactor))
})
afterEach(async () => {
  await sharedPool.release()
  await reactor.stop()
})
afterAll(() => sharedPool.close())

/** Gives the reactor a thread that no other test is to have, for what the test does to it. */
async function startOwnThread(): Promise<void> {
  await sharedPool.release()
  run = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1 }))
}

/** An outcome of a call that one of the list has. */
interface Step {
  readonly index: number
  readonly fails: boolean
}

function end({ index, fails }: Step): void {
  const subject = ends.get(index)
  ends.delete(index)
  if (fails) subject?.error(new RangeError(`failure ${index}`))
  else subject?.next(`value ${index}`)
}

function succeed(...indexes: number[]): void {
  for (const index of indexes) end({ index, fails: false })
}

const asleep = (): Promise<void> =>
  until(() => reactor.pending().some(({ waiting, function: name }) => waiting && name !== 'service.made'))

/** What errors are, without what says where they were made. */
function plain(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return thrown
  const errors = Reflect.get(thrown, 'errors') ?? Reflect.get(Object(Reflect.get(thrown, 'properties')), 'errors')
  // Of a list of errors the message is V8's own words there, and ours here.
  return Array.isArray(errors) ? { errors: errors.map(plain) } : { message: thrown.message }
}

function plainSettled(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((one) => (Object(one).status === 'rejected' ? { ...one, reason: plain(one.reason) } : one))
}

function plainSeen(seen: Seen): unknown {
  return 'threw' in seen ? { threw: plain(seen.threw) } : { returned: plainSettled(seen.returned) }
}

/** What the Promise's own function gives, if the same happens: `undefined` if nothing. */
async function namesake(verb: Verb, items: readonly Item[], before: readonly Step[], after: readonly Step[]) {
  const deferred = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  const promises = items.map((item, index) => {
    if (item !== 'call') return item.plain
    const promise = new Promise((resolve, reject) => {
      deferred.set(index, { resolve, reject })
    })
    promise.catch(() => undefined)
    return promise
  })
  const settle = ({ index, fails }: Step): void => {
    if (fails) deferred.get(index)?.reject(new RangeError(`failure ${index}`))
    else deferred.get(index)?.resolve(`value ${index}`)
  }
  for (const step of before) settle(step)
  let outcome: unknown
  NAMESAKES[verb](promises).then(
    (returned) => {
      outcome = { returned: plainSettled(returned) }
    },
    (thrown: unknown) => {
      outcome = { threw: plain(thrown) }
    },
  )
  await nextTurn()
  for (const step of after) {
    settle(step)
    await nextTurn()
  }
  return outcome
}

const items = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant<Item>('call') }, fc.constant({ plain: 'plain' })), {
  maxLength: 6,
})

/** A list, and outcomes of some of its calls in some order, of which some come before the wait. */
const scenarios = items.chain((list) => {
  const calls = list.flatMap((item, index) => (item === 'call' ? [index] : []))
  return fc.record({
    list: fc.constant(list),
    order: fc.shuffledSubarray(calls),
    failures: fc.uniqueArray(fc.nat(5)),
    early: fc.nat(6),
  })
})

describe.each(VERBS)('%s()', (verb) => {
  it('does what its namesake of Promise does, whatever comes in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async ({ list, order, failures, early }) => {
        const steps = order.map((index) => ({ index, fails: failures.includes(index) }))
        const before = steps.slice(0, early)
        const after = steps.slice(early)
        const expected = await namesake(verb, list, before, after)
        ends.clear()
        onMade = [() => before.forEach(end)]
        if (expected === undefined) {
          // All that will ever come is there, and it isn't enough.
          onMade = [() => steps.forEach(end)]
          const seen = await run('combine', { verb, items: list, timeout: 1 })
          expect(seen).toMatchObject({ threw: { class: 'TimeoutError' } })
        } else {
          const combined = run('combine', { verb, items: list, timeout: 20_000 })
          let isOver = false
          combined.then(() => {
            isOver = true
          })
          for (const step of after) {
            await until(
              () => isOver || reactor.pending().some(({ waiting, function: name }) => waiting && name === 'service.at'),
            )
            end(step)
          }
          expect(plainSeen(await combined)).toStrictEqual(expected)
        }
      }),
      { numRuns: 60 },
    )
    expect(log.lines).toStrictEqual([])
  })

  it('takes any iterable', async () => {
    expect(await run('combineIterable', verb)).toHaveProperty('returned')
  })

  it('takes the same result twice', async () => {
    expect(await run('sameTwice', verb)).toHaveProperty('returned')
  })

  it('refuses a promise, which could never settle', async () => {
    expect(await run('combinePromise', verb)).toMatchObject({
      threw: { class: 'TypeError', message: expect.stringContaining(`${verb}() was given a promise`) },
    })
  })

  it.each([undefined, 5, null])('refuses `%s` as a list', async (list) => {
    expect(await run('combineAs', { verb, args: [list, 1_000] })).toMatchObject({
      threw: { class: 'TypeError', message: `${verb}() takes an array of results first; it was given \`${list}\`` },
    })
  })

  it.each([
    [undefined, 'TypeError', 'has no timeout'],
    ['1', 'TypeError', "`'1'`"],
    [Number.NaN, 'RangeError', '`NaN`'],
    [-1, 'RangeError', '`-1`'],
  ])('refuses `%s` as a timeout', async (timeout, type, message) => {
    expect(await run('combineAs', { verb, args: [[1], timeout] })).toMatchObject({
      threw: { class: type, message: expect.stringContaining(message) },
    })
  })

  it('throws TimeoutError that names what was unfinished, and ends only this wait', async () => {
    // Of the three calls none is enough by itself.
    onMade = [() => undefined, () => succeed(0, 1, 2)]
    const [first, second] = await run('combineAgain', { verb, items: ['call', 'call', 'call'], timeout: 5 })
    expect(first).toMatchObject({
      threw: {
        class: 'TimeoutError',
        message: expect.stringMatching(
          new RegExp(
            `^${verb}\\(\\) had not enough outcomes within 5 ms: 3 of 3 results were unfinished \\(3 of service\\.at\\)`,
          ),
        ),
      },
    })
    expect(second).toHaveProperty('returned')
  })

  it('looks without waiting for 0 ms', async () => {
    onMade = [() => succeed(0, 1)]
    expect(await run('combine', { verb, items: ['call', 'call'], timeout: 0 })).toHaveProperty('returned')
  })

  it('lets the others go on', async () => {
    const isByItself = verb !== 'waitAllSettled'
    const first = (): void => end({ index: 0, fails: verb === 'waitAll' })
    onMade = [isByItself ? first : () => succeed(0, 1), () => succeed(0, 1)]
    const { each } = await run('combineThenWait', { verb, items: ['call', 'call'], timeout: 0 })
    expect(each[1]).toStrictEqual({ returned: 'value 1' })
  })

  it('wakes when the reactor stops', async () => {
    await startOwnThread()
    const combined = run('combine', { verb, items: ['call', 'call'], timeout: Number.POSITIVE_INFINITY })
    await asleep()
    await reactor.stop()
    const failure = { class: 'ReactorStopped' }
    expect(await combined).toMatchObject(
      {
        waitAll: { threw: failure },
        waitAllSettled: { returned: [{ reason: failure }, { reason: failure }] },
        waitAny: { threw: { class: 'AggregateError', properties: { errors: [failure, failure] } } },
        waitRace: { threw: failure },
      }[verb],
    )
  })

  it('throws ReactorThreadError in a reactor thread', () => {
    const combinators: Record<Verb, (results: Iterable<unknown>, timeout: number) => unknown> = {
      waitAll,
      waitAllSettled,
      waitAny,
      waitRace,
    }
    const here = eventual<{ now(): string }>('service').now()
    expect(() => combinators[verb]([here], 0)).toThrow(expect.objectContaining({ name: 'ReactorThreadError' }))
  })

  it('leaves no failure to be logged as unhandled, be it that it comes when the thread has gone on', async () => {
    await startOwnThread()
    const decide = { waitAll: true, waitAny: false, waitRace: false, waitAllSettled: true }[verb]
    const first = [{ index: 0, fails: decide }]
    const rest = [1, 2].map((index) => ({ index, fails: true }))
    const isLate = verb !== 'waitAllSettled'
    onMade = [() => (isLate ? first : [...first, ...rest]).forEach(end)]
    await run('combine', { verb, items: ['call', 'call', 'call'], timeout: 20_000 })
    if (isLate) rest.forEach(end)
    expect(await reactor.stop()).toMatchObject({ unretrieved: 0 })
    expect(log.lines).toStrictEqual([])
  })

  it('leaves failures to be logged that came before a wait in vain', async () => {
    if (verb === 'waitAll' || verb === 'waitRace') return expect(verb).not.toBe('waitAny') // a failure is enough for those
    await startOwnThread()
    onMade = [() => end({ index: 0, fails: true })]
    await run('combine', { verb, items: ['call', 'call'], timeout: 5 })
    expect(await reactor.stop()).toMatchObject({ unretrieved: 1 })
  })
})

describe('what is thrown', () => {
  it.each<Verb>(['waitAll', 'waitAny', 'waitRace'])('by %s() is a copy of its own each time', async (verb) => {
    now = () => {
      throw new RangeError('no')
    }
    expect(await run('sharesThrown', verb)).toBe(false)
  })

  it.each<Verb>(['waitAll', 'waitAny', 'waitRace'])('by %s() shows where the application called it', async (verb) => {
    now = () => {
      throw new RangeError('no')
    }
    const stack = await run('stackOf', verb)
    expect(stack).toContain('stackOf')
    expect(stack).not.toContain('lib/caller')
  })
})

it('takes no time for each pair of results: ten thousand that come one by one', async () => {
  const count = 10_000
  const combined = run('combineMany', count)
  await until(() => ends.size === count)
  for (let index = count - 1; index >= 0; index--) end({ index, fails: false })
  expect(await combined).toBe(count)
})

it('has types of tuples, one by one', () => {
  type Lists = [EventualResult<string>, EventualResult<number>, boolean]
  const all = (list: Lists) => waitAll(list, 0)
  expectTypeOf(all).returns.toEqualTypeOf<[string, number, boolean]>()
  expectTypeOf((list: Lists) => waitAllSettled(list, 0)).returns.toEqualTypeOf<
    [PromiseSettledResult<string>, PromiseSettledResult<number>, PromiseSettledResult<boolean>]
  >()
  expectTypeOf((list: Lists) => waitAny(list, 0)).returns.toEqualTypeOf<string | number | boolean>()
  expectTypeOf((list: EventualResult<string>[]) => waitRace(list, 0)).returns.toEqualTypeOf<string>()
  expectTypeOf((list: EventualResult<string>[]) => waitAll(list, 0)).returns.toEqualTypeOf<string[]>()
  expectTypeOf((list: Set<EventualResult<string>>) => waitAll(list, 0)).returns.toEqualTypeOf<string[]>()
  const inline = (one: EventualResult<string>, other: EventualResult<number>) => waitAll([one, other], 0)
  expectTypeOf(inline).returns.toEqualTypeOf<[string, number]>()
})
