import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Piscina } from 'piscina'
import { fromPool, Reactor, type StreamingResult, streaming } from 'rx-crochet'
import { concat, defer, EMPTY, from, NEVER, Observable, of, range, Subject, throwError } from 'rxjs'
import { afterAll, afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { newFlag, raise } from '../fixtures/flag.js'
import { nested } from '../fixtures/nested.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { SharedPool } from '../fixtures/shared-pool.js'
import type * as worker from '../fixtures/streaming-worker.js'
import type { Plan, Read } from '../fixtures/streaming-worker.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/streaming-worker.js', import.meta.url).href
const sharedPool = new SharedPool({ filename })

let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>
/** What the streams are of. */
let values: (...args: unknown[]) => unknown
let other: () => unknown
/** What lets the thread go on that waits for the spec. */
let steps: Subject<void>[]

beforeEach(() => {
  log = new RecordedLog()
  reactor = new Reactor({ logger: log })
  steps = []
  reactor.expose('service', {
    values: (...args: unknown[]) => values(...args),
    other: () => other(),
    step: () => {
      const step = new Subject<void>()
      steps.push(step)
      return step
    },
  })
  run = tasksOf<typeof worker>(sharedPool.attachTo(reactor))
})
afterEach(async () => {
  await sharedPool.release()
  await reactor.stop()
})
afterAll(() => sharedPool.close())

/** Gives the reactor a thread that no other test is to have, for what the test does to it. */
async function startOwnThread(): Promise<Piscina> {
  await sharedPool.release()
  const pool = reactor.createPool({ filename, maxThreads: 1 })
  run = tasksOf<typeof worker>(pool)
  return pool
}

const asleep = (): Promise<void> => until(() => reactor.pending().some(({ waiting }) => waiting))
const paused = (): Promise<void> => until(() => steps.length > 0)
const goOn = (): void => steps.shift()?.next()
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const ended = { returned: 'ended' }

describe('a stream', () => {
  it.each<[what: string, make: () => unknown, expected: unknown[]]>([
    ['an Observable', () => of(1, 2, 3), [1, 2, 3]],
    ['one that completes empty', () => EMPTY, []],
    ['an asynchronous Observable', () => defer(() => nextTurn([1, 2]).then(() => 3)), [3]],
    ['a generator', () => upTo(3).values(), [1, 2, 3]],
    [
      'an async generator',
      async function* () {
        yield 1
        await nextTurn()
        yield 2
      },
      [1, 2],
    ],
    ['a promise', () => Promise.resolve(1), [1]],
    ['an array, which is a value', () => [1, 2], [[1, 2]]],
    ['a string, which is a value', () => 'text', ['text']],
    ['nothing, which is a value', () => undefined, [undefined]],
    ['values of every kind', () => of(undefined, null, 0, '', { a: 1 }), [undefined, null, 0, '', { a: 1 }]],
  ])('gives all values of %s', async (_, make, expected) => {
    values = make
    expect(await run('read', {})).toEqual({ values: expected, end: ended, dropped: 0 })
    expect(reactor.pending()).toEqual([])
  })

  it('gives values first, and then the error', async () => {
    values = () =>
      concat(
        of(1, 2),
        throwError(() => new RangeError('no more')),
      )
    const { values: read, end } = await run('read', {})
    expect(read).toEqual([1, 2])
    expect(end).toMatchObject({ threw: { name: 'RangeError', message: 'no more' } })
  })

  it('has ended for good when it has failed', async () => {
    values = () =>
      concat(
        of(1),
        throwError(() => new RangeError('no more')),
      )
    const [one, two, three] = await run('readOn', 3)
    expect(one).toEqual({ returned: { done: false, value: 1 } })
    expect(two).toMatchObject({ threw: { name: 'RangeError' } })
    expect(three).toEqual({ returned: { done: true, value: undefined } })
  })

  it('ends with what the function throws', async () => {
    values = () => {
      throw new RangeError('at once')
    }
    expect((await run('read', {})).end).toMatchObject({ threw: { message: 'at once' } })
  })

  it('ends with what a generator throws, behind its values', async () => {
    values = function* () {
      yield 1
      throw new RangeError('no more')
    }
    expect(await run('read', {})).toMatchObject({ values: [1], end: { threw: { message: 'no more' } } })
  })

  it('ends at a value that cannot be cloned, behind those before it', async () => {
    values = () => of(1, () => 2, 3)
    const { values: read, end } = await run('read', {})
    expect(read).toEqual([1])
    expect(end).toMatchObject({ threw: { name: 'ResultNotCloneableError' } })
  })

  it.each<[what: string, behind: Observable<unknown>]>([
    ['nothing comes behind it', NEVER],
    ['it is the last', EMPTY],
    ['others come behind it', of(2, 3)],
  ])('ends at a value that its thread cannot read, behind those before it, where %s', async (_, behind) => {
    // A thread with a small stack can't go into what this one can write.
    const small = reactor.createPool({ filename, maxThreads: 1, resourceLimits: { stackSizeMb: 0.3 } })
    values = () => concat(of(1, nested(2_000)), behind)
    const { values: read, end } = await tasksOf<typeof worker>(small)('read', {})
    expect(read).toEqual([1])
    const message = 'A value of service.values could not be read by its thread'
    expect(end).toMatchObject({ threw: { name: 'ResultNotCloneableError', message } })
    await until(() => reactor.pending().length === 0)
  })

  it('does not hold back a lone value', async () => {
    const source = new Subject<number>()
    values = () => source
    const reading = run('read', { pauses: [1, 2] })
    await until(() => source.observed)
    source.next(1)
    await paused() // it has the value, and no other has come
    goOn()
    source.next(2)
    await until(() => steps.length > 0)
    goOn()
    source.complete()
    expect(await reading).toMatchObject({ values: [1, 2], end: ended })
  })

  it('is listed as a call on which its thread sleeps', async () => {
    await startOwnThread()
    values = () => NEVER
    const reading = run('read', {})
    await asleep()
    expect(reactor.pending()).toMatchObject([{ function: 'service.values', waiting: true }])
    await reactor.stop()
    expect(await reading).toMatchObject({ values: [], end: { threw: { name: 'ReactorStopped' } } })
  })

  it('copies objects as they were when they were emitted', async () => {
    values = function* () {
      const reused = { number: 0 }
      while (reused.number < 1_000) {
        reused.number += 1
        yield reused
      }
    }
    const { values: read } = await run('read', {})
    expect(read).toEqual(upTo(1_000).map((number) => ({ number })))
  })

  it('gives what was moved', async () => {
    const { move } = await import('rx-crochet')
    const buffers = [new ArrayBuffer(1), new ArrayBuffer(2)]
    values = () => from(buffers.map((buffer) => move(buffer)))
    expect(await run('readMoved', undefined)).toEqual([1, 2])
    expect(buffers.map(({ byteLength }) => byteLength)).toEqual([0, 0])
  })

  it('takes moved arguments', async () => {
    values = (bytes) => (bytes as ArrayBuffer).byteLength
    expect(await run('giveMoved', undefined)).toEqual({ returned: [3] })
  })

  it('may be one of two that are read in turns', async () => {
    values = () => of(1, 2, 3)
    other = () => of('a', 'b', 'c')
    expect(await run('readTwo', undefined)).toEqual([1, 'a', 2, 'b', 3, 'c'])
  })

  it('may be of a module that both sides share', async () => {
    expect(await run('readShared', 3)).toEqual(['shared', 1, [0, 1, 2], [0, 1, 2]])
  })
})

describe('leaving a stream', () => {
  let left: Subject<void>
  beforeEach(() => {
    left = new Subject()
    values = () =>
      new Observable<number>((subscriber) => {
        subscriber.next(1)
        return () => left.complete()
      })
  })

  it.each<[how: string, leave: () => Promise<unknown>]>([
    ['break', () => run('read', { most: 1 })],
    ['`return()`, before any step', () => run('read', { most: 0 })],
    ['`using`', () => run('leaveByUsing', undefined)],
    ['a step that takes too long', () => run('read', { timeout: 1 })],
  ])('unsubscribes, by %s', async (_, leave) => {
    await leave()
    await until(() => left.closed || left.isStopped)
    await until(() => reactor.pending().length === 0)
  })

  it('ends it for good', async () => {
    expect(await run('leaveTwice', undefined)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })

  it('runs the `finally` of generators', async () => {
    const finals: string[] = []
    values = async function* () {
      try {
        for (;;) yield await nextTurn(1)
      } finally {
        finals.push('async')
      }
    }
    await run('read', { most: 2 })
    await until(() => finals.length === 1)
    values = function* () {
      try {
        for (;;) yield 1
      } finally {
        finals.push('sync')
      }
    }
    await run('read', { most: 2 })
    await until(() => finals.length === 2)
    expect(finals).toEqual(['async', 'sync'])
  })

  it('happens by itself when nobody has its handle any more, while the pool has tasks', async () => {
    await startOwnThread()
    await run('forget', undefined)
    while (!left.isStopped) await run('collectGarbage', undefined)
    await until(() => reactor.pending().length === 0)
  })

  it('does not happen with the task that opened it: another may read on', async () => {
    await startOwnThread()
    values = () => upTo(3).values()
    expect(await run('readKept', undefined)).toBe(1)
    await run('collectGarbage', undefined)
    expect(await run('readKept', undefined)).toBe(2)
  })

  it('holds no later task up', async () => {
    await startOwnThread()
    await run('forget', undefined)
    await run('hasLoopTurned', undefined)
    expect(await run('hasLoopTurned', undefined)).toBe(true) // to see whether the stream still has a handle
    while (!left.isStopped) await run('collectGarbage', undefined)
    await run('hasLoopTurned', undefined)
    await run('hasLoopTurned', undefined)
    expect(await run('hasLoopTurned', undefined)).toBe(false)
  })

  it('happens by a thread that ends', async () => {
    await startOwnThread()
    await run('readOneThenExit', undefined).catch(() => undefined)
    await until(() => left.isStopped)
    expect(reactor.pending()).toEqual([])
  })
})

describe('a step that takes too long', () => {
  it('is a TimeoutError, and ends the stream', async () => {
    values = () => concat(of(1), NEVER)
    // The first value is there when the thread goes on, however slow the machine is.
    const reading = run('read', { timeout: 20, pauses: [0] })
    await paused()
    goOn()
    const { values: read, end } = await reading
    expect(read).toEqual([1])
    expect(end).toMatchObject({
      threw: { name: 'TimeoutError', message: 'service.values had no value within 20 ms, and was cancelled' },
    })
  })
})

describe('a cancelled task', () => {
  it.each<[what: string, make: () => unknown]>([
    ['sleeps in a step', () => NEVER],
    [
      'has values all the time',
      function* () {
        for (;;) yield 1
      },
    ],
  ])('ends its stream where it %s', async (_, make) => {
    const pool = await startOwnThread()
    values = make
    const task = fromPool(pool, undefined, { name: 'readUntilCancelled', grace: 60_000 }).subscribe()
    await until(() => reactor.pending().length > 0)
    task.unsubscribe()
    await until(() => reactor.pending().length === 0)
  })
})

describe('stop()', () => {
  it('lets values be read that came before, and then throws ReactorStopped', async () => {
    await startOwnThread()
    values = () => concat(of(1, 2, 3), NEVER)
    const reading = run('read', { pauses: [1] })
    await paused()
    // The thread sleeps in another call, which the stop ends for it to go on.
    const stopped = reactor.stop()
    const { values: read, end } = await reading
    await stopped
    expect(read).toEqual([1, 2, 3])
    expect(end).toMatchObject({ threw: { name: 'ReactorStopped' } })
  })

  it('gives the newest value that came, where newer ones were still to be sent', async () => {
    await startOwnThread()
    let stopped: Promise<unknown> | undefined
    const reading = whilePaused({ buffer: 2, take: 'latest' }, [0], (source) => {
      for (const value of upTo(10)) source.next(value)
      stopped = reactor.stop()
    })
    const { values: read, end } = await reading
    await stopped
    expect(read).toEqual([2])
    expect(end).toMatchObject({ threw: { name: 'ReactorStopped' } })
  })
})

/** A source that a spec drives, while the thread doesn't read. */
async function whilePaused(plan: Plan, pauses: number[], emit: (source: Subject<number>) => void): Promise<Read> {
  const source = new Subject<number>()
  values = () => source
  const reading = run('read', { ...plan, pauses })
  await paused()
  emit(source)
  goOn()
  return reading
}

const emits =
  (count: number) =>
  (source: Subject<number>): void => {
    for (const value of upTo(count)) source.next(value)
    source.complete()
  }

describe('an Observable that is faster than its thread', () => {
  it('may have `buffer` values wait', async () => {
    expect(await whilePaused({ buffer: 4 }, [0], emits(4))).toEqual({ values: upTo(4), end: ended, dropped: 0 })
  })

  it('ends in BufferOverflowError at the next, behind those that wait', async () => {
    let wasObserved = true
    const read = await whilePaused({ buffer: 4 }, [0], (source) => {
      emits(5)(source)
      wasObserved = source.observed
    })
    expect(read).toMatchObject({ values: upTo(4), end: { threw: { name: 'BufferOverflowError' } } })
    expect(wasObserved).toBe(false)
  })

  it('drops its newest with `drop-newest`', async () => {
    const read = await whilePaused({ buffer: 4, overflow: 'drop-newest' }, [0], emits(10))
    expect(read).toEqual({ values: upTo(4), end: ended, dropped: 6 })
  })

  it('drops its oldest with `drop-oldest`', async () => {
    const read = await whilePaused({ buffer: 4, overflow: 'drop-oldest' }, [0], emits(10))
    expect(read).toEqual({ values: [7, 8, 9, 10], end: ended, dropped: 6 })
  })

  it('drops some of its oldest', async () => {
    const read = await whilePaused({ buffer: 4, overflow: 'drop-oldest' }, [0], emits(6))
    expect(read).toEqual({ values: [3, 4, 5, 6], end: ended, dropped: 2 })
  })

  it('drops all but the newest with `latest`, and never overflows', async () => {
    const read = await whilePaused({ buffer: 4, take: 'latest' }, [0], emits(10))
    expect(read).toEqual({ values: [10], end: ended, dropped: 9 })
    expect(await whilePaused({ take: 'latest' }, [0], emits(3))).toEqual({ values: [3], end: ended, dropped: 2 })
  })

  it.each<[plan: Plan, expected: unknown[]]>([
    [{ take: 'buffered' }, [upTo(4)]],
    [{ take: 'latest' }, [4]],
  ])('has come to be taken when a thread steps that has taken nothing in before: %o', async (plan, expected) => {
    const source = new Subject<number>()
    values = () => source
    const flag = newFlag()
    const reading = run('readWhenRaised', { ...plan, flag })
    await until(() => source.observed)
    emits(4)(source)
    raise(flag)
    expect(await reading).toEqual(expected)
  })

  it.each<Plan>([
    { take: 'latest' },
    { take: 'latest', buffer: 1 },
    { overflow: 'drop-oldest', buffer: 1 },
    { overflow: 'drop-oldest', buffer: 16, take: 'buffered' },
  ])('gives values that are newer and newer, also when each is too old as soon as it is there: %o', async (plan) => {
    values = () =>
      new Observable<number>((subscriber) => {
        let value = 0
        const emit = (): void => {
          subscriber.next(++value)
          if (!subscriber.closed) setImmediate(emit)
        }
        emit()
      })
    const { values: read, end } = await run('read', { ...plan, most: 500 })
    expect(end).toEqual(ended)
    const all = read.flat() as number[]
    expect(all).toEqual(all.toSorted((one, other) => one - other))
    expect(new Set(all).size).toBe(all.length)
  })

  it('gives all that wait with `buffered`', async () => {
    const read = await whilePaused({ buffer: 4, take: 'buffered' }, [0], emits(4))
    expect(read).toEqual({ values: [upTo(4)], end: ended, dropped: 0 })
  })
})

describe('a teardown that throws', () => {
  it.each<[when: string, count: number, schedule: (emit: () => void) => void]>([
    ['when nothing waits for room', 1, setImmediate],
    ['while values wait for room', 10, setImmediate],
    ['while values wait for room, and it is subscribed', 10, (emit) => emit()],
  ])('is logged, and changes nothing for the thread: %s', async (_, count, schedule) => {
    values = () =>
      new Observable<number>((subscriber) => {
        schedule(() => {
          for (const value of upTo(count)) subscriber.next(value)
          subscriber.complete()
        })
        return () => {
          throw new RangeError('of the teardown')
        }
      })
    const reading = run('read', { buffer: 2, overflow: 'drop-oldest', pauses: [0] })
    await paused()
    await until(() => log.lines.length > 0)
    goOn()
    expect(await reading).toMatchObject({ values: upTo(count).slice(-2), end: ended })
    expect(log.lines).toEqual(['A teardown of service.values threw; its outcome stands'])
  })
})

describe('an iterator', () => {
  it.each(['sync', 'async'])('that is %s is never more than `buffer` ahead', async (kind) => {
    let made = 0
    values =
      kind === 'sync'
        ? function* () {
            while (made < 50) yield ++made
          }
        : async function* () {
            while (made < 50) yield ++made
          }
    const reading = run('read', { buffer: 5, pauses: [0, 10] })
    await paused()
    await until(() => made === 5)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    expect(made).toBe(5)
    goOn()
    await paused()
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    expect(made).toBeLessThanOrEqual(15)
    goOn()
    expect(await reading).toEqual({ values: upTo(50), end: ended, dropped: 0 })
  })

  it.each([1, 2, 3, 1_024])('gives many values with a buffer of %i', async (buffer) => {
    const count = 20_000
    values = () => upTo(count).values()
    expect(await run('sum', { buffer })).toEqual({ sum: (count * (count + 1)) / 2, count })
  })

  it('leaves the loop to others while it has values', async () => {
    values = function* () {
      for (;;) yield 1
    }
    const reading = run('read', { most: 50_000 })
    await until(() => reactor.pending().length > 0)
    let turns = 0
    while (reactor.pending().length > 0) {
      await nextTurn()
      turns += 1
    }
    expect(turns).toBeGreaterThan(2)
    expect((await reading).values).toHaveLength(50_000)
  })

  it('leaves the loop to others while there is room for more', async () => {
    const most = 500_000
    let hasTurned = false
    values = function* () {
      setImmediate(() => {
        hasTurned = true
      })
      for (let count = 0; count < most && !hasTurned; count++) yield 1
    }
    expect((await run('sum', { buffer: 2 ** 30 })).count).toBeLessThan(most)
  })

  it('that gives no results fails', async () => {
    values = () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) })
    expect((await run('read', {})).end).toMatchObject({ threw: { name: 'TypeError' } })
  })
})

describe('any interleaving', () => {
  it('gives a prefix of what was produced, complete unless it was ended, nothing twice', async () => {
    const plans = fc.record({
      count: fc.integer({ min: 0, max: 60 }),
      buffer: fc.integer({ min: 1, max: 8 }),
      most: fc.integer({ min: 0, max: 80 }),
      kind: fc.constantFrom('sync', 'async', 'hot'),
      take: fc.constantFrom<'each' | 'buffered'>('each', 'buffered'),
      gaps: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 10 }),
    })
    await fc.assert(
      fc.asyncProperty(plans, async ({ count, buffer, most, kind, take, gaps }) => {
        const waits = async (value: number): Promise<void> => {
          if (gaps.includes(value)) await nextTurn()
        }
        values = () => {
          if (kind === 'sync') return upTo(count).values()
          if (kind === 'hot') return range(1, count)
          return (async function* () {
            for (const value of upTo(count)) {
              await waits(value)
              yield value
            }
          })()
        }
        const { values: read, end, dropped } = await run('read', { buffer, most, take })
        const seen = read.flat()
        expect(seen).toEqual(upTo(seen.length))
        expect(dropped).toBe(0)
        const isLeft = read.length >= most
        if (kind !== 'hot' && !isLeft) expect(seen).toHaveLength(count)
        if ('threw' in end) {
          expect(kind).toBe('hot')
          expect(end).toMatchObject({ threw: { name: 'BufferOverflowError' } })
          expect(seen.length).toBeGreaterThanOrEqual(buffer)
        } else if (!isLeft) expect(seen).toHaveLength(count)
        await until(() => reactor.pending().length === 0)
      }),
      { numRuns: 100 },
    )
  })

  it('with stop() gives a prefix', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 300 }), async (buffer, stopAt) => {
        const own = new Reactor({ logger: log })
        let made = 0
        own.expose('service', {
          async *values() {
            for (;;) {
              made += 1
              if (made === stopAt) void own.stop()
              if (made % 50 === 0) await nextTurn()
              yield made
            }
          },
        })
        const theirs = tasksOf<typeof worker>(own.createPool({ filename, maxThreads: 1 }))
        const reading = theirs('read', { buffer })
        if (stopAt === 0) await until(() => made > 0).then(() => own.stop())
        const { values: read, end } = await reading
        expect(read).toEqual(upTo(read.length))
        expect(end).toMatchObject({ threw: { name: 'ReactorStopped' } })
        await own.stop()
      }),
      { numRuns: 6 },
    )
  })
})

describe('streaming()', () => {
  it.each<[what: string, args: unknown[], name: string]>([
    ['no timeout', ['service', {}], 'TypeError'],
    ['no options', ['service', null], 'TypeError'],
    ['a buffer that is no number', ['service', { timeout: 1, buffer: '1' }], 'TypeError'],
    ['a buffer of none', ['service', { timeout: 1, buffer: 0 }], 'RangeError'],
    ['half a buffer', ['service', { timeout: 1, buffer: 1.5 }], 'RangeError'],
    ['an unknown overflow', ['service', { timeout: 1, overflow: 'drop' }], 'RangeError'],
    ['an unknown take', ['service', { timeout: 1, take: 'all' }], 'RangeError'],
    ['no service', [7, { timeout: 1 }], 'TypeError'],
  ])('refuses %s', async (_, args, name) => {
    expect(await run('openAs', args)).toMatchObject({ threw: { name } })
  })

  it('throws ReactorThreadError in a reactor thread, at once', () => {
    const stream = streaming<{ values(): Observable<number> }>('service', { timeout: 1 })
    expect(() => stream.values()).toThrow(expect.objectContaining({ name: 'ReactorThreadError' }))
  })

  it('has the types of the values', () => {
    interface Prices {
      of(pair: string): Observable<number>
      history(): AsyncGenerator<string>
      generated(): Generator<boolean>
      list(): number[]
      readonly pairs: string[]
    }
    const each = streaming<Prices>('service', { timeout: 1 })
    expectTypeOf(each.of).toEqualTypeOf<(pair: string) => StreamingResult<number>>()
    expectTypeOf(each.history).toEqualTypeOf<() => StreamingResult<string>>()
    expectTypeOf(each.generated).toEqualTypeOf<() => StreamingResult<boolean>>()
    expectTypeOf(each.list).toEqualTypeOf<() => StreamingResult<number[]>>()
    expectTypeOf<keyof typeof each>().toEqualTypeOf<'of' | 'history' | 'generated' | 'list'>()
    const buffered = streaming<Prices>('service', { timeout: 1, take: 'buffered' })
    expectTypeOf(buffered.of).toEqualTypeOf<(pair: string) => StreamingResult<number[]>>()
  })
})
