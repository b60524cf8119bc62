/** What a stop does with tasks: those that were begun, and those that come too late. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { eventual, fromPool, offload, type PoolOptions, Reactor, ReactorStopped } from 'rx-crochet'
import {
  defer,
  from,
  lastValueFrom,
  materialize,
  mergeMap,
  type Observable,
  of,
  retry,
  Subject,
  take,
  toArray,
} from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { CallsOrYields, Service } from '../fixtures/closing-tasks.js'
import { Deferred, Door, RecordingLogger, until } from '../fixtures/lifecycle-support.js'

const filename = new URL('../fixtures/closing-tasks.js', import.meta.url).href
/** In ms; a spec that waits it out fails by its own time limit. */
const LONG = 10 * 60_000

let log: RecordingLogger
let reactor: Reactor
let pools: Piscina[]
let workers: Worker[]
let doors: Door[]
/** What the functions of the service wait for. */
let first: Subject<unknown>
let second: Subject<unknown>

beforeEach(() => {
  log = new RecordingLogger()
  reactor = new Reactor({ logger: log })
  pools = []
  workers = []
  doors = []
  first = new Subject()
  second = new Subject()
  reactor.expose('svc', { first: () => first, second: () => second, ticks: () => [1, 2, 3].values() })
})

afterEach(async () => {
  for (const door of doors) door.open()
  await reactor.stop()
  await Promise.all([...pools.map((pool) => pool.destroy()), ...workers.map((worker) => worker.terminate())])
})

function door(): Door {
  const one = new Door()
  doors.push(one)
  return one
}

function createdPool(options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename, minThreads: 1, maxThreads: 1, ...options })
}

function attachedPool(options: PoolOptions = {}): Piscina {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, ...options })
  pools.push(pool)
  reactor.attach(pool)
  return pool
}

const kinds = [
  ['of createPool()', createdPool],
  ['that was attached', attachedPool],
] as const

const local = eventual<Service>('svc')

/** Waits until so many calls of a function are under way. */
function begun(name: 'first' | 'second', count: number): Promise<void> {
  const subject = name === 'first' ? first : second
  const rows = (): number => reactor.pending().filter((row) => row.function === `svc.${name}`).length
  // A call is under way from when it was read, and observes the Subject only when its turn has come: all of them must.
  return until(() => rows() === count && subject.observers.length === count)
}

/** Has a call unfinished, for which the grace of a stop goes on until that is let go. */
async function holdGrace(): Promise<() => Promise<unknown>> {
  const result = local.first().asPromise()
  await until(() => first.observed)
  return () => {
    first.next('over')
    return result
  }
}

/** All that an Observable does, its values and how it ends. */
function doings(observable: Observable<unknown>): Promise<unknown[]> {
  const told = observable.pipe(materialize(), toArray())
  return lastValueFrom(told).then((all) =>
    all.map((it) => (it.kind === 'N' ? it.value : it.kind === 'E' ? it.error : 'completed')),
  )
}

const TOO_LATE = expect.objectContaining({
  name: 'ReactorStopped',
  message: expect.stringMatching(/came after stop\(\).*is stopping.*did not run|did not run.*is stopping/),
})

describe('a task that was begun before a stop', () => {
  it.each(kinds)('makes all its further calls within the grace, in a pool %s', async (_, makePool) => {
    const pool = makePool({ minThreads: 2, maxThreads: 2 })
    const results = [1, 2].map((value) => pool.run(value, { name: 'twoCalls' }))
    await begun('first', 2)
    const report = reactor.stop({ grace: LONG })
    first.next('one')
    await begun('second', 2)
    second.next('two')
    expect(await Promise.all(results)).toEqual(Array(2).fill(['one', 'two']))
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0, drained: 2, terminated: 0 })
  })

  it.each(kinds)('may still wait in the queue: a pool %s runs all of it within the grace', async (_, makePool) => {
    const pool = makePool()
    const results = [1, 2, 3].map((value) => pool.run(value, { name: 'twoCalls' }))
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    for (let task = 0; task < 3; task++) {
      await begun('first', 1)
      first.next('one')
      await begun('second', 1)
      second.next('two')
    }
    expect(await Promise.all(results)).toEqual(Array(3).fill(['one', 'two']))
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
  })

  it('is waited for while it makes no call', async () => {
    const [between, goes] = [door(), door()]
    const result = createdPool().run({ between: between.word, door: goes.word }, { name: 'restsBetween' })
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    first.next('one')
    await until(() => between.isOpen)
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    expect(reactor.state).toBe('stopping')
    goes.open()
    await begun('second', 1)
    second.next('two')
    expect(await result).toEqual(['one', 'two'])
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('may stash, retrieve and stream within the grace', async () => {
    const result = createdPool().run(undefined, { name: 'usesAll' })
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    first.next('one')
    await begun('second', 1)
    await until(() => reactor.pending().some(({ function: name }) => name === 'svc.second'))
    second.next('two')
    expect(await result).toEqual({ first: 'one', retrieved: 'two', ticks: [1, 2, 3] })
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('is interrupted when the grace is over, and told what has become of its reactor', async () => {
    const [between, goes] = [door(), door()]
    const result = createdPool().run({ between: between.word, door: goes.word }, { name: 'restsBetween' })
    await begun('first', 1)
    first.next('one')
    await until(() => between.isOpen)
    const report = reactor.stop()
    goes.open()
    expect(await result).toMatch(
      /^ReactorStopped: svc\.second was called while its reactor is stopping, after that had/,
    )
    expect(await report).toMatchObject({ interrupted: 0, drained: 1 })
  })

  it('is dropped from the queue when the grace is over, and counted', async () => {
    const pool = createdPool()
    const running = pool.run(1, { name: 'oneCall' }).catch((error: Error) => error.name)
    const queued = [1, 2].map((value) => pool.run(value, { name: 'oneCall' }).catch((error: Error) => error.name))
    await begun('first', 1)
    const report = reactor.stop({ grace: 1 })
    expect(await Promise.all([running, ...queued])).toEqual(Array(3).fill('ReactorStopped'))
    expect(await report).toMatchObject({ interrupted: 1, rejected: 2, drained: 1, terminated: 0 })
  })

  it.each(['before a stop', 'in its grace'])('is given to another thread if its own has ended: %s', async (when) => {
    const ends = door()
    const pool = createdPool({ minThreads: 0, maxThreads: 2 })
    const ended = [1, 2].map(() => pool.run(ends.word, { name: 'exits' }).catch((error: Error) => error.message))
    const queued = [1, 2, 3].map((value) => pool.run(value, { name: 'echoes' }))
    const report = when === 'in its grace' ? reactor.stop({ grace: LONG }) : undefined
    ends.open()
    expect(await Promise.all(ended)).toEqual(Array(2).fill('worker exited with code: 1'))
    expect(await Promise.all(queued)).toEqual([1, 2, 3])
    expect(pool.options.minThreads).toBe(0)
    if (report) expect(await report).toMatchObject({ rejected: 0, terminated: 0 })
  })
})

describe('a Worker that the application made', () => {
  it('is waited for while it has a call unfinished, and not between two calls', async () => {
    const [between, goes] = [door(), door()]
    const input = { task: 'restsBetween', input: { between: between.word, door: goes.word } }
    const worker = new Worker(new URL('../fixtures/shutdown-worker.js', import.meta.url), { workerData: input })
    workers.push(worker)
    reactor.attach(worker)
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    expect(reactor.pending()).toHaveLength(1)
    first.next('one')
    expect(await report).toMatchObject({ interrupted: 0 })
  })
})

describe('a task that comes after a stop', () => {
  it('is rejected in a later turn of the loop, and counted', async () => {
    const pool = createdPool()
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    const order: string[] = []
    const refused = pool.run(1, { name: 'echoes' }).catch((error: unknown) => {
      order.push('refused')
      return error
    })
    setImmediate(() => order.push('turn'))
    for (let tick = 0; tick < 100; tick++) await undefined
    order.push('microtasks')
    expect(await refused).toEqual(TOO_LATE)
    expect(order.slice(0, 2)).toEqual(['microtasks', 'refused'])
    await letGo()
    expect(await report).toMatchObject({ rejected: 1 })
  })

  it('may be tried again and again, and holds up neither the loop nor the stop', async () => {
    const pool = createdPool()
    let tries = 0
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    const subscription = defer(() => {
      tries += 1
      return fromPool(pool, 1, { name: 'echoes' })
    })
      .pipe(retry())
      .subscribe()
    onTestFinished(() => subscription.unsubscribe())
    await until(() => tries > 100)
    await letGo()
    const { rejected } = await report
    subscription.unsubscribe()
    expect(rejected).toBeGreaterThanOrEqual(100)
    expect(Math.abs(tries - rejected)).toBeLessThanOrEqual(1)
  })

  it('is told when its reactor has stopped', async () => {
    const pool = createdPool()
    await reactor.stop()
    await expect(pool.run(1, { name: 'echoes' })).rejects.toThrow(
      /after the reactor of its pool had stopped.*new Reactor/,
    )
  })

  it('is begun by a pool that was attached, which can not be closed to it', async () => {
    const pool = attachedPool()
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    expect(await pool.run('late', { name: 'echoes' })).toBe('late')
    await letGo()
    expect(await report).toMatchObject({ rejected: 0 })
  })
})

describe('a task that an unfinished call submits', () => {
  const submitters: readonly (readonly [how: string, submit: (pool: Piscina) => unknown])[] = [
    ['at once', (pool) => pool.run('submitted', { name: 'echoes' })],
    [
      'behind an await',
      async (pool) => {
        await nextTurn()
        return pool.run('submitted', { name: 'echoes' })
      },
    ],
    ['in an operator', (pool) => from(nextTurn()).pipe(mergeMap(() => pool.run('submitted', { name: 'echoes' })))],
    ['by fromPool', (pool) => from(nextTurn()).pipe(mergeMap(() => fromPool(pool, 'submitted', { name: 'echoes' })))],
    [
      'by offload',
      (pool) =>
        from(nextTurn()).pipe(
          offload(pool, { name: 'echoes' }),
          mergeMap(() => of('submitted')),
        ),
    ],
    [
      'in a generator',
      async function* (pool) {
        await nextTurn()
        yield pool.run('submitted', { name: 'echoes' })
      },
    ],
    [
      'by what an emitting task yields',
      (pool) => fromPool(pool, 0, { name: 'yieldsOnce' }).pipe(mergeMap((page) => pool.run(page, { name: 'echoes' }))),
    ],
    // As query builders are: they begin when they are awaited.
    [
      'in the `then` of a lazy thenable',
      (pool) => ({
        // biome-ignore lint/suspicious/noThenProperty: it is what this is about.
        then: (resolve: (value: unknown) => void) => pool.run('submitted', { name: 'echoes' }).then(resolve),
      }),
    ],
    ['by a call of its own', () => eventual<{ submit(): unknown }>('inner').submit().asPromise()],
  ]

  it.each(submitters)('is begun, though the reactor is stopping: %s', async (_, submit) => {
    const pool = createdPool({ maxThreads: 2 })
    const goOn = new Deferred()
    reactor.expose('inner', { submit: () => pool.run('submitted', { name: 'echoes' }) })
    reactor.expose('outer', {
      submit: () => from(goOn.promise).pipe(mergeMap(() => from(submit(pool) as Promise<unknown>))),
    })
    const result = eventual<{ submit(): unknown }>('outer').submit().asPromise()
    await until(() => reactor.pending().length === 1)
    const report = reactor.stop({ grace: LONG })
    goOn.resolve()
    expect(await result).toBe('submitted')
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
  })

  it('is begun from the generator of a stream, whenever its thread reads on', async () => {
    const pool = createdPool({ maxThreads: 2 })
    reactor.expose('ticker', {
      async *ticks() {
        for (let tick = 0; tick < 6; tick++) yield pool.run(tick, { name: 'echoes' })
      },
    })
    const result = pool.run(undefined, { name: 'readsOn' })
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    first.next('go on')
    expect(await result).toEqual([0, 1, 2, 3, 4, 5])
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
  })

  it('is begun by offload() in a call, whoever emits what that runs for', async () => {
    const pool = createdPool()
    const files = new Subject<string>()
    reactor.expose('outer', { all: () => files.pipe(offload(pool, { name: 'echoes' }), take(2), toArray()) })
    const all = eventual<{ all(): unknown }>('outer').all().asPromise()
    await until(() => files.observed)
    const report = reactor.stop({ grace: LONG })
    files.next('a')
    files.next('b')
    expect(await all).toEqual(['a', 'b'])
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
  })

  it('is refused when that call has ended', async () => {
    const pool = createdPool()
    const ended = new Deferred()
    const late = new Deferred<unknown>()
    reactor.expose('outer', {
      submit: () => {
        void ended.promise.then(() => pool.run(1, { name: 'echoes' }).catch(late.resolve))
        return 'done'
      },
    })
    expect(await eventual<{ submit(): unknown }>('outer').submit().asPromise()).toBe('done')
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    ended.resolve()
    expect(await late.promise).toEqual(TOO_LATE)
    await letGo()
    expect(await report).toMatchObject({ rejected: 1 })
  })

  it("is refused when that call is another reactor's", async () => {
    const pool = createdPool()
    await using other = new Reactor({ logger: log })
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    const worker = other.createPool({ filename, maxThreads: 1 })
    other.expose('svc', { first: () => pool.run(1, { name: 'echoes' }) })
    const refused = worker.run(1, { name: 'oneCall' }).catch((error: unknown) => error)
    expect(await refused).toMatchObject({ name: 'ReactorStopped', message: expect.stringContaining('did not run') })
    await letGo()
    expect(await report).toMatchObject({ rejected: 1 })
  })
})

describe('offload() when its reactor stops', () => {
  function* endless(taken: number[]): Generator<number> {
    for (let task = 0; ; task++) {
      taken.push(task)
      yield task
    }
  }

  it.each([true, false])(
    'gives the results of what was begun, and then ReactorStopped: ordered %s',
    async (ordered) => {
      const pool = createdPool({ maxThreads: 3 })
      const taken: number[] = []
      const results = doings(
        offload<number, unknown>(pool, { name: 'oneCall', concurrency: 3, ordered })(endless(taken)),
      )
      await begun('first', 3)
      const report = reactor.stop({ grace: LONG })
      first.next('result')
      expect(await results).toEqual(['result', 'result', 'result', TOO_LATE])
      expect(taken).toEqual([0, 1, 2])
      expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
    },
  )

  const ended: readonly (readonly [what: string, source: Observable<number> | number[]])[] = [
    ['an array', [1, 2]],
    ['an Observable', of(1, 2)],
  ]
  it.each(ended)('completes if its source has ended: %s', async (_, source) => {
    const pool = createdPool({ maxThreads: 2 })
    const results = doings(offload<number, unknown>(pool, { name: 'oneCall', concurrency: 2 })(source))
    await begun('first', 2)
    const report = reactor.stop({ grace: LONG })
    first.next('result')
    expect(await results).toEqual(['result', 'result', 'completed'])
    await report
  })

  it('goes on if its pool was detached before', async () => {
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 })
    pools.push(pool)
    const attached = reactor.attach(pool)
    const busy = door()
    const options = { name: 'passes', concurrency: 1 }
    const results = doings(offload<unknown, unknown>(pool, options)([busy.word, busy.word].values()))
    attached[Symbol.dispose]()
    await reactor.stop()
    busy.open()
    expect(await results).toEqual(['passed', 'passed', 'completed'])
    expect(await doings(offload<unknown, unknown>(pool, options)([busy.word]))).toEqual(['passed', 'completed'])
  })

  it('is not refused by a pool of the application that goes on after the stop', async () => {
    const pool = attachedPool()
    await reactor.stop()
    expect(await doings(offload<number, unknown>(pool, { name: 'echoes' })([1, 2]))).toEqual([1, 2, 'completed'])
  })

  it('leaves its source at once, and ends with what that throws then, after the results', async () => {
    const left: string[] = []
    const fails = (): never => {
      throw new RangeError('thrown when left')
    }
    function* source(): Generator<number> {
      try {
        yield 1
        yield 2
      } finally {
        left.push('left')
        fails()
      }
    }
    const pool = createdPool()
    const results = doings(offload<number, unknown>(pool, { name: 'oneCall' })(source()))
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    expect(left).toEqual(['left'])
    first.next('result')
    expect(await results).toEqual(['result', new RangeError('thrown when left')])
    await report
  })

  it('may be stopped by its own source, while that is asked for a task', async () => {
    const left: string[] = []
    let report: Promise<unknown> | undefined
    function* source(): Generator<number> {
      try {
        yield 1
        report = reactor.stop({ grace: LONG })
        yield 2
      } finally {
        left.push('left')
      }
    }
    const pool = createdPool({ maxThreads: 2 })
    const results = doings(offload<number, unknown>(pool, { name: 'oneCall', concurrency: 2 })(source()))
    await begun('first', 1)
    first.next('result')
    expect(await results).toEqual(['result', TOO_LATE])
    expect(left).toEqual(['left'])
    await report
  })

  it('begun too late takes nothing, and ends with ReactorStopped in a later turn', async () => {
    const pool = createdPool()
    const taken: number[] = []
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    const order: string[] = []
    const results = doings(offload<number, unknown>(pool, { name: 'echoes' })(endless(taken))).finally(() =>
      order.push('ended'),
    )
    for (let tick = 0; tick < 100; tick++) await undefined
    order.push('microtasks')
    expect(await results).toEqual([TOO_LATE])
    expect(order).toEqual(['microtasks', 'ended'])
    expect(taken).toEqual([])
    await letGo()
    await report
  })

  it('goes on within a call, for the further tasks of which it is', async () => {
    const pool = createdPool()
    reactor.expose('outer', {
      all: () => from([1, 2, 3]).pipe(offload(pool, { name: 'oneCall', concurrency: 1 }), toArray()),
    })
    const all = eventual<{ all(): unknown }>('outer').all().asPromise()
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    for (let task = 0; task < 3; task++) {
      await begun('first', 1)
      first.next('result')
      await begun('first', 0)
    }
    expect(await all).toEqual(['result', 'result', 'result'])
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
  })

  it.each(kinds)('ends though the grace does: a pool %s', async (_, makePool) => {
    const pool = makePool()
    const results = doings(offload<number, unknown>(pool, { name: 'oneCall', concurrency: 2 })(endless([])))
    await begun('first', 1)
    await reactor.stop({ grace: 1 })
    expect(await results).toEqual([
      expect.objectContaining({ name: expect.stringMatching(/^(ReactorStopped|AbortError)$/) }),
    ])
  })
})

it('a thread that sleeps in a `yield` wakes when calls are interrupted, and its task fails with ReactorStopped', async () => {
  const pool = createdPool({ minThreads: 2, maxThreads: 2 })
  const [goes, full, ended] = [door(), door(), door()]
  const tasks: CallsOrYields[] = [{ door: goes.word }, { full: full.word, ended: ended.word, most: 4 }]
  const options = { name: 'callsOrYields', concurrency: 2, ordered: true, buffer: 4 }
  const all = doings(offload<CallsOrYields, unknown>(pool, options)(tasks))
  await begun('first', 1)
  await until(() => full.isOpen)
  const report = reactor.stop()
  await until(() => ended.isOpen)
  goes.open()
  // What came before depends on whose end is known first.
  const cut = expect.objectContaining({ name: 'ReactorStopped', message: expect.stringContaining('`yield`') })
  expect((await all).at(-1)).toEqual(cut)
  expect(await report).toMatchObject({ interrupted: 1, drained: 2, terminated: 0 })
})

describe('fromPool() when its reactor stops', () => {
  it('gives the result of a task that was begun, and refuses a new one', async () => {
    const pool = createdPool()
    const result = doings(fromPool(pool, 1, { name: 'oneCall' }))
    await begun('first', 1)
    const report = reactor.stop({ grace: LONG })
    expect(await doings(fromPool(pool, 1, { name: 'oneCall' }))).toEqual([TOO_LATE])
    first.next('result')
    expect(await result).toEqual(['result', 'completed'])
    expect(await report).toMatchObject({ interrupted: 0, rejected: 1 })
  })
})

describe('a call within which the stop was called', () => {
  const tasks = kinds.flatMap(([what, makePool]) => [
    [what, 'sleeps', 'stops', makePool] as const,
    [what, 'awaits it', 'awaitsStop', makePool] as const,
  ])
  it.each(tasks)(
    'holds up neither its own task nor those behind that, in a pool %s: it %s',
    async (_what, _how, task, makePool) => {
      reactor.expose('other', { stop: () => reactor.stop({ grace: Number.POSITIVE_INFINITY }) })
      const pool = makePool()
      const names = [task, 'echoes']
      const results = names.map((name) => pool.run(1, { name }).catch((error: Error) => error.message))
      expect(await Promise.all(results)).toEqual([
        expect.stringContaining('The reactor has stopped'),
        // The latter is Piscina's own word.
        expect.stringMatching(/still in the queue|aborted/),
      ])
      expect(await reactor.stop()).toMatchObject({ interrupted: 1, rejected: 1, drained: 1, terminated: 0 })
    },
  )

  it('leaves other tasks of its thread their grace', async () => {
    // All of it passes: whether the task waits for that call, or does something else, nobody can tell.
    reactor.expose('other', { stop: () => reactor.stop({ grace: 2_000 }) })
    const pool = createdPool({ concurrentTasksPerWorker: 2 })
    const goesOn = pool.run(1, { name: 'callsAgainLater' })
    await begun('first', 1)
    const stops = pool.run(1, { name: 'awaitsStop' }).catch((error: unknown) => error)
    await until(() => reactor.state === 'stopping')
    first.next('one')
    await begun('second', 1)
    second.next('two')
    expect(await goesOn).toEqual(['one', 'two'])
    expect(await stops).toBeInstanceOf(ReactorStopped)
    expect(await reactor.stop()).toMatchObject({ interrupted: 1 })
  })

  it('is not waited for, nor are calls around it', async () => {
    reactor.expose('inner', { stop: () => reactor.stop({ grace: Number.POSITIVE_INFINITY }) })
    reactor.expose('outer', { stop: () => eventual<{ stop(): unknown }>('inner').stop().asPromise() })
    await expect(eventual<{ stop(): unknown }>('outer').stop().asPromise()).rejects.toBeInstanceOf(ReactorStopped)
    expect(await reactor.stop()).toMatchObject({ interrupted: 2 })
  })
})

describe('the state of a reactor', () => {
  it('is running, stopping from stop() on, and stopped when that has resolved', async () => {
    const seen: unknown[] = [reactor.state]
    const look = (): number => seen.push(reactor.state)
    reactor.onShutdown('before', look)
    reactor.shutdown$.subscribe(look)
    reactor.onShutdown('after', look)
    const report = reactor.stop()
    look()
    await report
    look()
    expect(seen).toEqual(['running', 'stopping', 'stopping', 'stopping', 'stopping', 'stopped'])
  })

  it.each<[string, () => unknown]>([
    ['createPool', () => createdPool()],
    ['expose', () => reactor.expose('late', { fn: () => 1 })],
    ['attach', () => reactor.attach(new Piscina({ minThreads: 0 }))],
  ])('says what can not be done any more: %s()', async (what, late) => {
    const letGo = await holdGrace()
    const report = reactor.stop({ grace: LONG })
    expect(late).toThrow(new RegExp(`^${what}\\(\\) came after stop\\(\\).*is stopping`))
    await letGo()
    await report
    expect(late).toThrow(new RegExp(`^${what}\\(\\) came after its reactor had stopped.*new Reactor`))
  })
})

describe('a trigger that returns a server', () => {
  it('is waited for until that has closed, and its requests may do all meanwhile', async () => {
    const pool = createdPool()
    const server = createServer(async (_, response) => {
      response.setHeader('connection', 'close')
      response.end(String(await pool.run('answer', { name: 'twoCalls' })))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // A server that listens has an address with a port.
    const { port } = server.address() as AddressInfo
    reactor.onShutdown('before', () => server.close(), { timeout: LONG })
    const answer = fetch(`http://127.0.0.1:${port}`).then((response) => response.text())
    await begun('first', 1)
    const report = reactor.stop()
    expect(server.listening).toBe(false)
    first.next('one')
    await begun('second', 1)
    second.next('two')
    expect(await answer).toBe('one,two')
    expect(await report).toMatchObject({ interrupted: 0, rejected: 0 })
    expect(log.lines).toEqual([])
  })

  it('may do so by a promise', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(server, 'connection')
    const seen: string[] = []
    server.on('close', () => seen.push('closed'))
    reactor.onShutdown('before', async () => server.close(), { timeout: LONG })
    reactor.shutdown$.subscribe(() => seen.push('interrupted'))
    const report = reactor.stop()
    await nextTurn()
    socket.destroy()
    await report
    expect(seen).toEqual(['closed', 'interrupted'])
  })

  it.each<[string, (server: ReturnType<typeof createServer>) => unknown]>([
    ['has closed already', (server) => new Promise((resolve) => server.close(resolve))],
    ['never listened', (server) => void server.close()],
  ])('has nothing to wait for if that %s', async (what, before) => {
    const server = createServer()
    if (what === 'has closed already') await once(server.listen(0, '127.0.0.1'), 'listening')
    await before(server)
    reactor.onShutdown('before', () => server, { timeout: LONG })
    await reactor.stop()
    expect(log.lines).toEqual([])
  })

  it('is skipped, and its listener taken away, if that does not close in time', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    reactor.onShutdown('before', () => server, { timeout: 1 })
    await reactor.stop()
    expect(log.lines).toEqual([expect.objectContaining({ message: expect.stringContaining("onShutdown('before'") })])
    expect(server.listenerCount('close')).toBe(0)
    server.close()
  })
})

it('a stop() where the stack is nearly full fails, and a later one stops', async () => {
  const result = createdPool()
    .run(1, { name: 'oneCall' })
    .catch((error: Error) => error.name)
  await begun('first', 1)
  let tries = 0
  const asked: Promise<unknown>[] = []
  const deep = (): void => {
    try {
      deep()
    } finally {
      if (tries < 20) {
        tries += 1
        try {
          asked.push(reactor.stop())
        } catch {
          // It is the stack that is full, at this depth.
        }
      }
    }
  }
  expect(deep).toThrow(RangeError)
  expect(asked).toEqual([])
  expect([reactor.state, reactor.pending().length]).toEqual(['running', 1])
  expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 1 })
  expect(await result).toBe('ReactorStopped')
})

it('a call of the own thread where the stack is nearly full fails at most itself', async () => {
  const depths = 40
  let tries = 0
  const deep = (): void => {
    try {
      deep()
    } finally {
      if (tries < depths) {
        tries += 1
        try {
          local.second().cancel()
        } catch {
          // It is the stack that is full, at this depth.
        }
      }
    }
  }
  for (let round = 0; round < 20; round++) {
    tries = 0
    expect(deep).toThrow(RangeError)
    // So that each round finds the line empty.
    await nextTurn()
    await nextTurn()
  }
  const result = local.first().asPromise()
  await until(() => first.observed)
  first.next('alive')
  expect(await result).toBe('alive')
})

it('says of a pool that the application made what ended its busy threads', async () => {
  const pool = attachedPool({ minThreads: 2, maxThreads: 2 })
  const [one, other] = [door(), door()]
  const results = [one, other].map((it) => {
    const between = door()
    const input = { between: between.word, door: it.word }
    return { between, result: pool.run(input, { name: 'restsBetween' }).catch((error: Error) => error.message) }
  })
  await begun('first', 2)
  first.next('one')
  await until(() => results.every(({ between }) => between.isOpen))
  const queued = pool.run(1, { name: 'echoes' }).catch((error: Error) => error.name)
  const report = reactor.stop()
  one.open()
  expect(await queued).toBe('AbortError')
  expect(await report).toMatchObject({ rejected: 1, drained: 1, terminated: 1 })
  expect(log.lines.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^stop\(\) terminated 1 .*queue.*close\(\)/),
  ])
})
