import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Piscina } from 'piscina'
import { type Executor, type OffloadOptions, offload, Reactor } from 'rx-crochet'
import { from, lastValueFrom, type Observable, of, range, retry, Subject, toArray } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { Tinypool } from 'tinypool'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newFlag, raise } from '../fixtures/flag.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/offload-worker.js', import.meta.url).href

function startPool(threads: number, options: object = {}): Piscina {
  const reactor = new Reactor()
  onTestFinished(async () => void (await reactor.stop()))
  return reactor.createPool({ filename, minThreads: threads, maxThreads: threads, ...options })
}

/** An executor that ends its tasks when it is told, and counts them. */
class HeldTasks implements Executor<number, string> {
  readonly #ends = new Map<number, { succeed(): void; fail(): void }>()
  readonly begun: number[] = []
  readonly aborted: number[] = []
  most = 0

  get open(): number[] {
    return [...this.#ends.keys()]
  }

  run(task: number, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
    this.begun.push(task)
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => (): void => {
        this.#ends.delete(task)
        how()
      }
      this.#ends.set(task, { succeed: end(() => resolve(`${task}`)), fail: end(() => reject(new Error(`${task}`))) })
      this.most = Math.max(this.most, this.#ends.size)
      signal?.addEventListener('abort', () => {
        this.#ends.delete(task)
        this.aborted.push(task)
      })
    })
  }

  async end(task: number, how: 'succeed' | 'fail' = 'succeed'): Promise<void> {
    this.#ends.get(task)?.[how]()
    await nextTurn()
  }
}

function marbles(run: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toStrictEqual(expected)).run(run)
}

type Then<Value> = (succeeded: (value: Value) => void, failed: (thrown: unknown) => void) => void

/** What is like a promise, but may be settled at once. */
function thenable<Value>(then: Then<Value>): PromiseLike<Value> {
  // What `then` gives is not looked at.
  return Object.fromEntries([['then', then]]) as unknown as PromiseLike<Value>
}

/** An executor whose tasks are Observables, on the virtual time of a TestScheduler. */
const ofObservables: Executor<Observable<string>, string> = {
  run: (task, { signal } = {}) =>
    thenable((succeeded, failed) => {
      const subscription = task.subscribe({ next: succeeded, error: failed })
      signal?.addEventListener('abort', () => subscription.unsubscribe())
    }),
}

describe('the timing of offload()', () => {
  it.each<[string, OffloadOptions, string]>([
    ['emits results as tasks finish', { concurrency: 3 }, '----(bc)-(a|)'],
    ['emits results in the order of the source', { concurrency: 3, ordered: true }, '---------(abc|)'],
  ])('%s', (_, options, expected) => {
    marbles(({ cold, hot, expectObservable }) => {
      const tasks = { a: cold('---------a|'), b: cold('---b|'), c: cold('--c|') }
      const source = hot('abc|', tasks)
      // `a` begins at 0 and takes 9; `b` from 1 takes 3; `c` from 2 takes 2.
      expectObservable(source.pipe(offload(ofObservables, options))).toBe(expected)
    })
  })

  it('begins a task when one before it is done, and no more than may be under way at once', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('----a|')
      const b = cold('--b|')
      const c = cold('--c|')
      const result = hot('abc|', { a, b, c }).pipe(offload(ofObservables, { concurrency: 2 }))
      expectObservable(result).toBe('---ba(c|)')
      expectSubscriptions(b.subscriptions).toBe('-^--!')
      expectSubscriptions(c.subscriptions).toBe('---^--!')
    })
  })

  it('keeps the place of a task that is done out of order', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('----a|')
      const b = cold('-b|')
      const c = cold('----c|')
      const result = hot('abc|', { a, b, c }).pipe(offload(ofObservables, { concurrency: 2, ordered: true }))
      expectObservable(result).toBe('----(ab)(c|)')
      expectSubscriptions(c.subscriptions).toBe('----^----!')
    })
  })

  it('ends with the first failure of a task, and cancels the others', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('---------a|')
      const b = cold('---#')
      expectObservable(hot('ab-----c|', { a, b, c: cold('c|') }).pipe(offload(ofObservables, { concurrency: 2 }))).toBe(
        '----#',
      )
      expectSubscriptions(a.subscriptions).toBe('^---!')
    })
  })

  it('ends with the failure of the source at once, and cancels what is under way', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('---------a|')
      expectObservable(hot('a--#', { a }).pipe(offload(ofObservables, { concurrency: 2 }))).toBe('---#')
      expectSubscriptions(a.subscriptions).toBe('^--!')
    })
  })

  it('completes with an empty source', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot<Observable<string>>('---|').pipe(offload(ofObservables))).toBe('---|')
    })
  })

  it('cancels all and leaves the source when it is unsubscribed', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const a = cold('---------a|')
      const source = hot('a-a-a-a', { a })
      expectObservable(source.pipe(offload(ofObservables, { concurrency: 2 })), '-----!').toBe('------')
      expectSubscriptions(a.subscriptions).toBe(['^----!', '--^--!'])
      expectSubscriptions(source.subscriptions).toBe('^----!')
    })
  })

  it('runs tasks that are done at once, however many', () => {
    const executor: Executor<number, number> = { run: (task) => thenable((succeeded) => succeeded(task)) }
    const seen: number[] = []
    for (const source of [range(0, 20_000), Array.from({ length: 20_000 }, (_, i) => i)]) {
      offload(executor, { concurrency: 2 })(source).subscribe((value) => seen.push(value))
    }
    expect(seen).toHaveLength(40_000)
  })
})

describe('backpressure', () => {
  it('takes from an iterable only what there is room for, and returns it in the end', async () => {
    const held = new HeldTasks()
    let taken = 0
    let isReturned = false
    function* tasks() {
      try {
        for (;;) yield taken++
      } finally {
        isReturned = true
      }
    }
    const subscription = offload(held, { concurrency: 3 })(tasks()).subscribe()
    expect(taken).toBe(3)
    await held.end(1)
    expect([taken, held.open]).toStrictEqual([4, [0, 2, 3]])
    subscription.unsubscribe()
    expect(isReturned).toBe(true)
    expect(held.aborted).toStrictEqual([0, 2, 3])
  })

  it('takes from an async iterable only what there is room for, and returns it in the end', async () => {
    const held = new HeldTasks()
    let taken = 0
    let isReturned = false
    async function* tasks() {
      try {
        for (;;) yield taken++
      } finally {
        isReturned = true
      }
    }
    const subscription = offload(held, { concurrency: 3 })(tasks()).subscribe()
    await until(() => held.open.length === 3)
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    expect(taken).toBe(3)
    await held.end(1)
    await until(() => held.open.length === 3)
    expect(taken).toBe(4)
    subscription.unsubscribe()
    await until(() => isReturned)
    expect(held.aborted).toStrictEqual([0, 2, 3])
  })

  it.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
    [
      'iterable',
      function* () {
        yield 1
        throw new RangeError('of the source')
      },
    ],
    [
      'async iterable',
      async function* () {
        yield 1
        throw new RangeError('of the source')
      },
    ],
  ])('ends with the failure of an %s, and cancels what is under way', async (_, source) => {
    const held = new HeldTasks()
    await expect(lastValueFrom(offload(held, { concurrency: 2 })(source()))).rejects.toThrow('of the source')
    expect(held.aborted).toStrictEqual([1])
  })

  it.each<[string, () => unknown, string]>([
    [
      'throws instead of giving a promise',
      () => {
        throw new RangeError('of the source')
      },
      'of the source',
    ],
    ['gives no result', async () => undefined, 'An iterator gave `undefined` as a result'],
  ])('ends with the failure of an async iterable whose iterator %s, in the middle', async (_, fail, message) => {
    const steps = [async () => ({ value: 1 }), fail]
    const source = { [Symbol.asyncIterator]: () => ({ next: () => steps.shift()?.() }) } as AsyncIterable<number>
    const held = new HeldTasks()
    await expect(lastValueFrom(offload(held, { concurrency: 2 })(source))).rejects.toThrow(message)
    expect(held.aborted).toStrictEqual([1])
  })

  it('leaves an async iterable whose `return()` gives no promise', async () => {
    let isReturned = false
    const iterator = {
      next: async () => ({ value: 1 }),
      return: () => {
        isReturned = true
      },
    }
    const source = { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<number>
    const held = new HeldTasks()
    const subscription = offload(held, { concurrency: 1 })(source).subscribe()
    await until(() => held.open.length === 1)
    subscription.unsubscribe()
    expect(isReturned).toBe(true)
  })

  it('takes a promise for a source of one task', async () => {
    const pool = startPool(1)
    expect(await lastValueFrom(offload<number, number>(pool, { name: 'double' })(Promise.resolve(4)))).toBe(8)
  })
})

/** What happens: a task comes, or one that is under way ends. */
const steps = fc.array(fc.oneof(fc.constant('task' as const), fc.record({ end: fc.nat(10), fails: fc.boolean() })), {
  maxLength: 40,
})

it('has no more tasks under way than it may, loses none and doubles none, whatever comes when', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (script, concurrency, ordered) => {
      const held = new HeldTasks()
      const source = new Subject<number>()
      const seen: string[] = []
      let failure: unknown
      let isComplete = false
      source.pipe(offload(held, { concurrency, ordered })).subscribe({
        next: (value) => seen.push(value),
        error: (thrown) => {
          failure = thrown
        },
        complete: () => {
          isComplete = true
        },
      })
      let tasks = 0
      const ended: string[] = []
      for (const step of script) {
        if (failure !== undefined) break
        if (step === 'task') source.next(tasks++)
        else {
          const task = held.open[step.end % Math.max(held.open.length, 1)]
          if (task === undefined) continue
          if (!step.fails) ended.push(`${task}`)
          await held.end(task, step.fails ? 'fail' : 'succeed')
        }
      }
      source.complete()
      if (failure === undefined) {
        while (held.open.length > 0) {
          ended.push(`${held.open[0]}`)
          await held.end(held.open[0] ?? 0)
        }
        expect(isComplete).toBe(true)
        const all = Array.from({ length: tasks }, (_, task) => `${task}`)
        expect(seen).toStrictEqual(ordered ? all : ended)
      } else {
        // What came before is a prefix.
        const expected = ordered ? Array.from({ length: tasks }, (_, task) => `${task}`) : ended
        expect(seen).toStrictEqual(expected.slice(0, seen.length))
        expect(held.open).toStrictEqual([])
      }
      expect(held.most).toBeLessThanOrEqual(concurrency)
      expect(held.begun).toStrictEqual(held.begun.map((_, index) => index))
    }),
    { numRuns: 200 },
  )
})

describe('on a pool', () => {
  it.each([false, true])('runs all tasks (ordered: %s)', async (ordered) => {
    const pool = startPool(2)
    const results = await lastValueFrom(
      range(0, 500).pipe(offload<number, number>(pool, { name: 'double', ordered }), toArray()),
    )
    const expected = Array.from({ length: 500 }, (_, value) => value * 2)
    expect(ordered ? results : results.toSorted((a, b) => a - b)).toStrictEqual(expected)
  })

  it('queues nothing in the pool beyond its threads unless it is told so', async () => {
    const pool = startPool(2)
    const [begun, go] = [newFlag(), newFlag()]
    const held = from(Array.from({ length: 100 }, () => ({ begun, go }))).pipe(
      offload(pool, { name: 'hold' }),
      toArray(),
    )
    const all = lastValueFrom(held)
    await until(() => begun[0] !== 0)
    expect(pool.queueSize).toBe(0)
    raise(go)
    expect(await all).toHaveLength(100)
  })

  it('can be retried when a thread crashes', async () => {
    const pool = startPool(2)
    let tries = 0
    const failing: Executor<number, number> = {
      run: (task, options) =>
        task === 3 && tries++ === 0 ? pool.run('exit', { ...options, name: 'crash' }) : pool.run(task, options),
    }
    const results = of(1, 2, 3, 4).pipe(offload(failing, { name: 'double', ordered: true }), retry(1), toArray())
    expect((await lastValueFrom(results)).slice(-4)).toStrictEqual([2, 4, 6, 8])
  })

  it('keeps what an emitting task gives in order too, and has it wait for its turn', async () => {
    const pool = startPool(2)
    const executor = offload<object, number>(pool, { name: 'range', ordered: true, buffer: 4 })
    const upTo = (count: number) => Array.from({ length: count }, (_, value) => value)
    const results = await lastValueFrom(executor([{ count: 50 }, { count: 50 }, { count: 3 }]).pipe(toArray()))
    expect(results).toStrictEqual([...upTo(50), ...upTo(50), ...upTo(3)])
  })

  it('wakes an emitting task that waits for its turn when that has come, in order', async () => {
    const pool = startPool(2)
    const [begun, go, ended] = [newFlag(), newFlag(), newFlag()]
    const counts = new Int32Array(new SharedArrayBuffer(8))
    const executor = offload<object, number>(pool, { ordered: true, buffer: 4, name: 'holdOrEndless' })
    const subscription = executor([
      { begun, go },
      { counts, ended },
    ]).subscribe()
    await until(() => Atomics.load(counts, 0) >= 5)
    raise(go)
    await until(() => Atomics.load(counts, 0) > 50)
    subscription.unsubscribe()
    await until(() => ended[0] !== 0)
  })

  it.each([0, 1, 2])(
    'ends in order however late the pool begins the first of its tasks: with %i threads at first',
    async (minThreads) => {
      const pool = startPool(2, { minThreads })
      const [count, tasks] = [50, 24]
      const source = Array.from({ length: tasks }, () => ({ count }))
      const options = { name: 'range', ordered: true, concurrency: 12, buffer: 2 }
      const values = await lastValueFrom(offload<object, number>(pool, options)(source).pipe(toArray()))
      expect(values).toStrictEqual(source.flatMap(() => Array.from({ length: count }, (_, value) => value)))
    },
  )

  it('runs on another executor, with its own number of threads', async () => {
    const tinypool = new Tinypool({ filename, minThreads: 2, maxThreads: 2 })
    const results = range(0, 50).pipe(offload<number, number>(tinypool, { name: 'double', ordered: true }), toArray())
    expect(await lastValueFrom(results)).toStrictEqual(Array.from({ length: 50 }, (_, value) => value * 2))
    await tinypool.destroy()
  })

  it.each<[object, string]>([
    [{ concurrency: 0 }, 'options.concurrency of offload() is `0`'],
    [{ concurrency: 1.5 }, 'options.concurrency of offload() is `1.5`'],
    [{ concurrency: '2' }, "options.concurrency of offload() is `'2'`"],
    [{ ordered: 1 }, 'options.ordered of offload() is `1`'],
    [{ grace: Number.NaN }, 'options.grace of offload() is `NaN`'],
  ])('refuses %o', (options, message) => {
    expect(() => offload(new HeldTasks(), options)).toThrow(message)
  })
})
