import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { Piscina } from 'piscina'
import { emitting, fromPool, Reactor, type TaskOptions } from 'rx-crochet'
import { lastValueFrom, NEVER, type Observable, Subscription, take, toArray } from 'rxjs'
import { Tinypool } from 'tinypool'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { type Flag, newFlag, raise, raised } from '../fixtures/flag.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/offload-worker.js', import.meta.url).href
const KINDS = ['range', 'rangeLater'] as const

let reactor: Reactor
let pool: Piscina

beforeEach(() => start())
afterEach(() => reactor.stop())

function start(): void {
  // What a task throws that was left is logged.
  reactor = new Reactor({ logLevel: 'silent' })
  reactor.expose('service', { never: () => NEVER })
  pool = reactor.createPool({ filename, minThreads: 1, maxThreads: 1 })
}

const up = (flag: Flag): Promise<void> => until(() => Atomics.load(flag, 0) !== 0)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, value) => value)
const observe = <Value = number>(name: string, task: unknown, options: TaskOptions = {}): Observable<Value> =>
  fromPool<unknown, Value>(pool, task, { name, ...options })
const all = <Value>(source: Observable<Value>): Promise<Value[]> => lastValueFrom(source.pipe(toArray()))
const endless = () => ({ counts: new Int32Array(new SharedArrayBuffer(8)), ended: newFlag() })

/** All that an Observable gave, and how it ended. */
async function collected<Value>(source: Observable<Value>): Promise<{ values: Value[]; failure?: unknown }> {
  const values: Value[] = []
  return new Promise((resolve) => {
    source.subscribe({
      next: (value) => values.push(value),
      error: (failure) => resolve({ values, failure }),
      complete: () => resolve({ values }),
    })
  })
}

describe.each(KINDS)('what %s yields', (kind) => {
  it.each([0, 1, 5, 3_000])('is emitted, and nothing else: %d values', async (count) => {
    expect(await all(observe(kind, { count }))).toStrictEqual(upTo(count))
  })

  it.each([1, 2, 3, 7])('is complete with room for %d values', async (buffer) => {
    expect(await all(observe(kind, { count: 100 }, { buffer }))).toStrictEqual(upTo(100))
  })

  it('comes before what it throws', async () => {
    const { values, failure } = await collected(observe(kind, { count: 100, failsAt: 70 }))
    expect(values).toStrictEqual(upTo(70))
    expect(failure).toStrictEqual(new RangeError('at 70'))
  })

  it('is complete in one task after the other of a thread, and in threads side by side', async () => {
    for (let task = 0; task < 3; task++) expect(await all(observe(kind, { count: 20 }))).toStrictEqual(upTo(20))
    await reactor.stop()
    start()
    pool.options.maxThreads = 3
    const tasks = await Promise.all([1, 2, 3, 4, 5].map(() => all(observe(kind, { count: 500 }, { buffer: 5 }))))
    expect(tasks).toStrictEqual(tasks.map(() => upTo(500)))
  })

  it('is a prefix of what is produced, complete unless it ended before, and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.nat(60), { nil: undefined }),
        fc.option(fc.nat(60), { nil: undefined }),
        async (count, buffer, failsAt, leavesAfter) => {
          const task = { count, ...(failsAt === undefined ? {} : { failsAt }) }
          const source = observe(kind, task, { buffer })
          const fails = failsAt !== undefined && failsAt < count
          const produced = upTo(fails ? failsAt : count)
          const { values, failure } = await collected(
            leavesAfter === undefined ? source : source.pipe(take(leavesAfter)),
          )
          expect(values).toStrictEqual(produced.slice(0, leavesAfter))
          const leaves = leavesAfter !== undefined && leavesAfter <= produced.length
          expect(failure !== undefined).toBe(fails && !leaves)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe.each(['endless', 'endlessLater'])('the generator of %s', (kind) => {
  it('runs its finally when nobody observes it any more', async () => {
    const task = endless()
    const values = await all(observe(kind, task, { grace: Number.POSITIVE_INFINITY }).pipe(take(10)))
    expect(values).toStrictEqual(upTo(10))
    await up(task.ended)
    expect(task.counts[1]).toBe(1)
    expect(await pool.run(1, { name: 'double' })).toBe(2)
  })

  it.each([1, 10, 500])('is at most %d values ahead of the loop, and one in hand', async (buffer) => {
    const task = endless()
    let taken = 0
    let furthest = 0
    const subscription = observe(kind, task, { buffer, grace: Number.POSITIVE_INFINITY }).subscribe(() => {
      taken += 1
      furthest = Math.max(furthest, Atomics.load(task.counts, 0) - taken)
    })
    await until(() => taken > 5_000)
    subscription.unsubscribe()
    expect(furthest).toBeLessThanOrEqual(buffer + 2)
    await up(task.ended)
  })

  it('waits while the loop is held, and wakes when that is cancelled', async () => {
    const task = endless()
    const subscription = new Subscription()
    subscription.add(
      observe(kind, task, { buffer: 8, grace: Number.POSITIVE_INFINITY }).subscribe(() => hold(task.counts)),
    )
    /** Doesn't give the loop back until the thread is as far as it may be: all that it can do then is to wait. */
    function hold(counts: Int32Array): void {
      if (subscription.closed) return
      while (Atomics.load(counts, 0) < 9);
      subscription.unsubscribe()
    }
    await up(task.ended)
    expect(Atomics.load(task.counts, 0)).toBeLessThanOrEqual(10)
  })
})

describe('emitting()', () => {
  it('takes a function that returns any iterable', async () => {
    expect(await all(observe('rangeOfArray', { count: 4 }))).toStrictEqual(upTo(4))
  })

  it('holds no value back while the generator computes', async () => {
    const go = newFlag()
    const seen: string[] = []
    const subscription = observe<string>('loneValue', { go }).subscribe((value) => seen.push(value))
    await until(() => seen.length > 0)
    raise(go)
    await until(() => subscription.closed)
    expect(seen).toStrictEqual(['lone'])
  })

  it('lets the loop of the thread go on while an async generator waits', async () => {
    const go = newFlag()
    const seen: number[] = []
    const done = new Promise<void>((resolve) => {
      observe('loopGoesOn', { go }, { buffer: 1 }).subscribe({
        next: (value) => {
          seen.push(value)
          // The second waits for room while the first is here; the timer of the thread is to fire meanwhile.
          if (value === 1) while (Atomics.load(go, 0) === 0);
        },
        complete: resolve,
      })
    })
    await done
    expect(seen).toStrictEqual([1, 2, 3])
  })

  it('ends a thread that sleeps in a call of the generator with CancelledError', async () => {
    const told = { begun: newFlag(), ended: newFlag() }
    const subscription = observe('emitsSleeping', told, { grace: Number.POSITIVE_INFINITY }).subscribe()
    await up(told.begun)
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    subscription.unsubscribe()
    await up(told.ended)
    expect(await pool.run(undefined, { name: 'takeSeen' })).toMatchObject([{ threw: { class: 'CancelledError' } }])
  })

  it('fails with what cannot be sent, behind what could', async () => {
    const { values, failure } = await collected(observe('emitsUncloneable', undefined))
    expect(values).toStrictEqual([1])
    expect(failure).toMatchObject({
      name: 'ResultNotCloneableError',
      message: expect.stringContaining('because of `value.deep[0]` (a function)'),
    })
  })

  it('transfers what move() marked', async () => {
    expect(await all(observe<unknown>('emitsMoved', undefined))).toStrictEqual([new Uint8Array([1, 2, 3]), 0])
  })

  it.each(['exit', 'throw'])('loses nothing that was yielded before its thread crashed (%s)', async (how) => {
    for (let task = 0; task < 5; task++) {
      const { values, failure } = await collected(observe('emitsThenCrashes', how))
      expect(values).toStrictEqual([1, 2])
      expect(failure).toBeInstanceOf(Error)
    }
  })

  it('works in a Piscina that the application made', async () => {
    const bare = new Piscina({ filename, maxThreads: 1 })
    expect(await all(fromPool<unknown, number>(bare, { count: 30 }, { name: 'range', buffer: 3 }))).toStrictEqual(
      upTo(30),
    )
    await bare.close()
  })

  it.each(['run()', 'another executor'])('fails where nobody can observe it: %s', async (where) => {
    const tinypool = new Tinypool({ filename, maxThreads: 1 })
    const task =
      where === 'run()'
        ? pool.run({ count: 1 }, { name: 'range' })
        : lastValueFrom(fromPool(tinypool, { count: 1 }, { name: 'range' }))
    await expect(task).rejects.toThrow(
      'What the emitting function `range` yields has nobody to observe it; run it with `fromPool(pool, task)`',
    )
    await tinypool.destroy()
  })

  it('fails with what is no generator', async () => {
    await expect(all(observe('emitsNothing', undefined))).rejects.toThrow('returned `5`, which is no iterator')
    expect(() => Reflect.apply(emitting, undefined, [5])).toThrow(
      'emitting() takes a generator function; it was given `5`',
    )
  })

  it('looks like what it wraps', () => {
    function* counting(upTo: number) {
      yield* [upTo]
    }
    const task = emitting(counting)
    expect([task.name, task.length, task.wrapped]).toStrictEqual(['counting', 1, counting])
    expectTypeOf(task).parameters.toEqualTypeOf<[number]>()
  })

  it('keeps the loop of who observes going, however fast the thread is', async () => {
    const task = endless()
    let values = 0
    const subscription = observe('endless', task).subscribe(() => {
      values += 1
    })
    await until(() => values > 0)
    for (let turn = 0; turn < 20; turn++) {
      const before = values
      await nextTurn()
      expect(values - before).toBeLessThan(20_000)
    }
    subscription.unsubscribe()
    await up(task.ended)
  })
})

describe('tasks of several threads', () => {
  it('are complete when a result comes before Piscina has told of its thread', async () => {
    pool = reactor.createPool({ filename, minThreads: 1, maxThreads: 2, atomics: 'disabled' })
    const [begun, go, told] = [newFlag(), newFlag(), newFlag()]
    const held = pool.run({ begun, go }, { name: 'hold' })
    await up(begun)
    const values = all(observe('emitsAndTells', { go: told }))
    // A second thread starts for it; Piscina gives it to that, which is not ready, when the first one has ended its task.
    raise(go)
    await held
    // The second thread's first word, its channel and its result are there at once.
    raised(told)
    expect(await values).toEqual(['a value'])
  })

  it('end when their threads die, with what came before', async () => {
    const told = Array.from({ length: 8 }, () => collected(observe<string>('dies', undefined)))
    const end = { values: ['a value'], failure: expect.objectContaining({ message: 'worker exited with code: 1' }) }
    expect(await Promise.all(told)).toEqual(told.map(() => end))
  })
})
