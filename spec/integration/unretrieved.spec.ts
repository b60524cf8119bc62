import { setImmediate as nextTurn } from 'node:timers/promises'
import { threadId, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import {
  CancelledError,
  type EventualResult,
  eventual,
  fromPool,
  type PoolOptions,
  Reactor,
  type ReactorOptions,
  ReactorStopped,
  type StopReport,
  setup,
} from 'rx-crochet'
import { EMPTY, lastValueFrom, NEVER, Subject, throwError } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFlag, raise, raised } from '../fixtures/flag.js'
import { Deferred, type LogLine, RecordingLogger, until } from '../fixtures/lifecycle-support.js'
import { nested } from '../fixtures/nested.js'
import { revokedProxy } from '../fixtures/outcomes-worker.js'
import type { End, Holding, Look, Service, Unwanted } from '../fixtures/unretrieved-tasks.js'

const tasks = new URL('../fixtures/unretrieved-tasks.js', import.meta.url).href
const tasksAtLoad = new URL('../fixtures/unretrieved-at-load.js', import.meta.url).href
const workerFile = new URL('../fixtures/unretrieved-worker.js', import.meta.url)

const LOOKS: readonly Look[] = [
  'wait()',
  'wait(0) when it is there',
  'a second wait, after a timeout',
  'a blocking function',
  'a function of waitFor',
  'a function of runInReactor',
  'originalFailure()',
  'asPromise()',
  'asPromise() when it is there',
  'asPromise() long before',
]

let logger: RecordingLogger
let reactor: Reactor
let workers: Worker[]
let held: Subject<never>
/** Resolves when a thread calls `tell`. */
let told: Deferred

/** What fails in `fail`, and, if it was given nothing, in `other`. */
function fail(nth?: number): never {
  throw new RangeError(nth === undefined ? 'boom' : `boom ${nth}`)
}

function other(value: unknown): unknown {
  if (value === undefined) return () => 'cannot be cloned'
  if (value === CancelledError.name) throw new CancelledError('of the function')
  if (value === ReactorStopped.name) throw new ReactorStopped('of the function')
  return value
}

const service: Service = {
  fail,
  other,
  held: () => held,
  failHeld: () => {
    held.error(new RangeError('boom'))
    held = new Subject()
  },
  empty: () => EMPTY,
  hang: () => NEVER,
  nothing: () => undefined,
  tell: () => told.resolve(),
}

function start(options: ReactorOptions = {}): void {
  reactor = new Reactor({ logger, ...options })
  reactor.expose('service', service)
}

beforeEach(() => {
  logger = new RecordingLogger()
  workers = []
  held = new Subject()
  told = new Deferred()
  start()
})

afterEach(async () => {
  await reactor.stop()
  await Promise.all(workers.map((worker) => worker.terminate()))
})

function pool(options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename: tasks, maxThreads: 1, ...options })
}

/** Starts a task in a Worker that the reactor has attached. */
function run(task: string, input?: unknown): Worker {
  const worker = new Worker(workerFile, { workerData: { task, input } })
  worker.on('error', () => undefined) // some are to crash
  workers.push(worker)
  reactor.attach(worker)
  return worker
}

/** The message of a Worker's task. */
function end(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => worker.once('exit', resolve))
}

/** A task whose end is none of the spec's business, as many are to fail. */
function ignore(task: Promise<unknown>): void {
  task.catch(() => undefined)
}

function messages(): string[] {
  return unhandled().map(({ details }) => Object(details).err.message)
}

function unhandled(): LogLine[] {
  return logger.lines.filter(({ message }) => message.includes('unhandled failure'))
}

/** Stops the reactor; by then one failure is logged, which is `boom`. */
function expectOne(name = 'service.fail'): Promise<void> {
  return expectLogged(name, expect.objectContaining({ message: 'boom' }))
}

/** Stops the reactor; by then just that failure is logged. */
async function expectLogged(name: string, err: unknown): Promise<void> {
  const { unretrieved } = await reactor.stop()
  expect(unhandled()).toEqual([
    {
      level: 'error',
      message: expect.stringContaining(`unhandled failure in ${name}`),
      details: expect.objectContaining({ err, function: name, thread: expect.any(Number) }),
    },
  ])
  expect(unretrieved).toBe(1)
}

async function expectNone(stopped: Promise<StopReport> = reactor.stop()): Promise<void> {
  const { unretrieved } = await stopped
  expect(unhandled()).toEqual([])
  expect(unretrieved).toBe(0)
}

const smallHeap = { resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } }

describe('a failure that nobody looks at is logged once', () => {
  it('with its class, its message, its traceback and the thread', async () => {
    const owner = pool()
    await owner.run(undefined, { name: 'leaves' })
    const [thread] = owner.threads
    const id = thread?.threadId
    await reactor.stop()
    expect(unhandled()).toHaveLength(1)
    const [line] = unhandled()
    const { err, thread: loggedThread } = Object(line?.details)
    expect(line).toMatchObject({ level: 'error' })
    expect(line?.message).toContain('unhandled failure in service.fail')
    expect(err).toBeInstanceOf(RangeError)
    expect(err).toMatchObject({ message: 'boom' })
    expect(err.stack).toContain('unretrieved.spec')
    expect(loggedThread).toBe(id)
  })

  it.each<[string, string, string, unknown]>([
    ['EmptyError', 'no value', 'service.empty', { name: 'EmptyError' }],
    ['ResultNotCloneableError', 'a value that cannot be cloned', 'service.other', { name: 'ResultNotCloneableError' }],
    ['UnknownFunctionError', 'no such function', 'service.missing', { name: 'UnknownFunctionError' }],
    [
      'ArgumentNotCloneableError of arguments that the reactor cannot read',
      'arguments that cannot be read',
      'a call that could not be read',
      { name: 'ArgumentNotCloneableError' },
    ],
  ])('if it is %s', async (_, what, name, error) => {
    const bigStack = { resourceLimits: { stackSizeMb: 16 } }
    await pool(what.startsWith('arguments') ? bigStack : {}).run(what, { name: 'leaves' })
    await expectLogged(name, expect.objectContaining(error))
  })

  it.each(['leaves', 'drops', 'timesOut'])('as soon as the task is over: %s', async (name) => {
    await pool().run(undefined, { name })
    await until(() => unhandled().length > 0)
    expect(reactor.state).toBe('running')
    await expectOne(name === 'timesOut' ? 'service.held' : 'service.fail')
  })

  it('as it fails, when its task is over by then and the thread is parked', async () => {
    await pool().run(undefined, { name: 'leavesHeld' })
    expect(unhandled()).toEqual([])
    held.error(new RangeError('boom'))
    await until(() => unhandled().length > 0)
    await expectOne('service.held')
  })

  it('when the last task of its thread is over, if that runs several', async () => {
    const owner = pool({ concurrentTasksPerWorker: 2 })
    const flag = newFlag()
    const first = owner.run(flag, { name: 'leavesAndAwaits' })
    await told.promise
    await owner.run(undefined, { name: 'isAnother' })
    // Its call comes behind what was said of the first one's end, which is logged in the turns before its result comes.
    await owner.run(undefined, { name: 'isAnother' })
    await nextTurn()
    expect(unhandled()).toEqual([])
    raise(flag)
    await first
    await until(() => unhandled().length > 0)
    await expectOne()
  })

  it('though its handle was kept, which still throws in a later task', async () => {
    const owner = pool()
    await owner.run(undefined, { name: 'leaves' })
    await until(() => unhandled().length > 0)
    await expect(owner.run(undefined, { name: 'looksAtKept' })).resolves.toEqual(['boom'])
    await expectOne()
  })

  it('in a pool that the application made, when the reactor stops', async () => {
    const owner = new Piscina({ filename: tasks, maxThreads: 1 })
    reactor.attach(owner)
    await owner.run(undefined, { name: 'leaves' })
    await lastValueFrom(fromPool(owner, undefined, { name: 'leaves' }))
    await expect(owner.run(undefined, { name: 'looksAtKept' })).resolves.toEqual(['boom', 'boom'])
    await owner.run(undefined, { name: 'leaves' })
    expect(unhandled()).toEqual([])
    await expectOne()
  })

  it('when the reactor stops, if its module made the call while it was loaded', async () => {
    const owner = pool({ filename: tasksAtLoad })
    await owner.run(undefined)
    await owner.run(undefined)
    expect(unhandled()).toEqual([])
    await expectOne()
  })

  it.each(['leaves', 'drops', 'timesOut'])('when the task is over and its pool is closed: %s', async (name) => {
    const owner = pool()
    await owner.run(undefined, { name })
    await owner.close()
    await until(() => unhandled().length > 0)
    await expectOne(name === 'timesOut' ? 'service.held' : 'service.fail')
  })

  it.each<[string, End, (worker: Worker) => unknown]>([
    ['ends by process.exit()', 'exit', () => undefined],
    ['ends by an uncaught exception', 'crash', () => undefined],
    ['ends by itself', 'end', () => undefined],
    ['is terminated while parked', 'park', (worker) => worker.terminate()],
    ['is terminated while it sleeps in a call', 'block', (worker) => worker.terminate()],
    ['is terminated while it is busy', 'loop', (worker) => worker.terminate()],
  ])('when its Worker %s', async (_, way, kill) => {
    const worker = run('holds', way)
    const ended = end(worker)
    await told.promise
    await kill(worker)
    await ended
    await until(() => unhandled().length > 0)
    await expectOne()
  })

  it.each<End>(['exit', 'crash', 'end'])('when it was under way as its Worker ended: %s', async (way) => {
    const worker = run('holdsUnread', way)
    await end(worker)
    // The thread may have been gone when its call was read, and then there is no failure; but never two.
    await reactor.stop()
    expect(unhandled().length).toBeLessThanOrEqual(1)
  })

  it.each<[string, End, (owner: Piscina, abort: AbortController) => unknown, PoolOptions?]>([
    ['exits', 'exit', () => undefined],
    ['crashes', 'crash', () => undefined],
    ['runs out of memory', 'exhaust memory', () => undefined, smallHeap],
    ['is parked, and its task is aborted', 'park', (_, abort) => abort.abort()],
    ['sleeps in a call, and its task is aborted', 'block', (_, abort) => abort.abort()],
    ['is parked, and its pool is destroyed', 'park', (owner) => owner.destroy()],
    ['sleeps in a call, and its pool is destroyed', 'block', (owner) => owner.destroy()],
  ])("when a pool's thread %s", async (_, way, kill, options) => {
    const owner = pool(options)
    const abort = new AbortController()
    ignore(owner.run(way, { name: 'holds', signal: abort.signal }))
    await told.promise
    await kill(owner, abort)
    await until(() => unhandled().length > 0)
    await expectOne()
  })

  it.each<[string, End]>([
    ['sleeps in a call', 'block'],
    ['is parked for ever', 'park'],
  ])("when the reactor stops while a pool's thread %s", async (_, way) => {
    ignore(pool().run(way, { name: 'holds' }))
    await told.promise
    const { unretrieved } = await reactor.stop({ drainTimeout: way === 'park' ? 20 : 5_000 })
    expect(unhandled()).toHaveLength(1)
    expect(unretrieved).toBe(1)
  })

  it.each<End>(['block', 'park'])('when the reactor stops while a Worker goes on: %s', async (way) => {
    run('holds', way)
    await told.promise
    await expectOne()
  })

  it.each([
    ['forgets', 'service.fail'],
    ['forgetsEarly', 'service.held'],
  ])('as soon as its handle is collected, while the thread goes on: %s', async (name, of) => {
    const over = newFlag()
    const task = pool().run(over, { name })
    await until(() => unhandled().length > 0)
    expect(unhandled()).toHaveLength(1)
    raise(over)
    await task
    await expectOne(of)
  })

  it.each([[2_000]])('each of thousands that were forgotten: %i', async (count) => {
    const over = newFlag()
    const task = pool().run({ count, end: over }, { name: 'forgetsMany' })
    await until(() => unhandled().length === count)
    raise(over)
    await task
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(count)
    const messages = unhandled().map(({ details }) => Object(details).err.message)
    expect(new Set(messages).size).toBe(count)
    expect(messages).toHaveLength(count)
  })

  it('and no other, of thousands of which each third is looked at', async () => {
    await pool().run(3_000, { name: 'looksAtEveryThird' })
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(2_000)
    const numbers = unhandled().map(({ details }) => Number(/\d+/.exec(Object(details).err.message)))
    expect(numbers.filter((number) => number % 3 === 0)).toEqual([])
    expect(new Set(numbers).size).toBe(2_000)
  })

  it('for each of several threads, named by its own id', async () => {
    const owner = pool({ minThreads: 3, maxThreads: 3, concurrentTasksPerWorker: 1 })
    const ids = owner.threads.map((thread) => thread.threadId)
    await Promise.all(Array.from({ length: 30 }, () => owner.run(undefined, { name: 'leaves' })))
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(30)
    const logged = new Set(unhandled().map(({ details }) => Object(details).thread))
    for (const id of logged) expect(ids).toContain(id)
  })
})

describe('of failures that may still be looked at', () => {
  it('no more than `maxUnretrieved` are kept, of all threads together: the oldest is logged', async () => {
    await reactor.stop()
    start({ maxUnretrieved: 3 })
    run('holdsMany', { from: 0, to: 2 })
    await until(() => reactor.pending().length === 1)
    run('holdsMany', { from: 2, to: 5 })
    await until(() => reactor.pending().length === 2)
    await until(() => unhandled().length === 2)
    expect(messages()).toEqual(['boom 0', 'boom 1'])
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(5)
    expect(messages()).toEqual(['boom 0', 'boom 1', 'boom 2', 'boom 3', 'boom 4'])
  })

  it('one that was looked at makes room', async () => {
    await reactor.stop()
    start({ maxUnretrieved: 1 })
    await pool().run(100, { name: 'looksAtEach' })
    await expectNone()
  })

  it.each<[unknown, ErrorConstructor]>([
    ['1', TypeError],
    [null, TypeError],
    [0, RangeError],
    [Number.NaN, RangeError],
  ])('`maxUnretrieved` cannot be %s', (maxUnretrieved, error) => {
    const options = { maxUnretrieved: maxUnretrieved as number } // it is wrong
    expect(() => new Reactor(options)).toThrow(error)
    expect(() => new Reactor(options)).toThrow(/options\.maxUnretrieved is `/)
    expect(() => setup(options)).toThrow(/options\.maxUnretrieved is `/)
  })

  it('thousands are logged while the loop goes on', async () => {
    let turns = 0
    const countTurns = (): void => {
      turns += 1
      timer = setImmediate(countTurns)
    }
    let timer = setImmediate(countTurns)
    const log = logger.error.bind(logger)
    logger.error = (details, message) => {
      const end = performance.now() + 0.1
      while (performance.now() < end);
      log(details, message)
    }
    await pool().run(500, { name: 'dropsMany' })
    await until(() => unhandled().length > 0)
    const before = turns
    await until(() => unhandled().length === 500)
    clearImmediate(timer)
    expect(turns - before).toBeGreaterThan(5)
  })

  it('a thread that is parked between its tasks keeps nothing', async () => {
    const owner = pool()
    const heap = async (): Promise<number> => owner.run(undefined, { name: 'heapUsed' })
    for (let round = 0; round < 3; round++) await owner.run(500, { name: 'dropsMany' })
    const before = await heap()
    for (let round = 0; round < 6; round++) await owner.run(1_000, { name: 'dropsMany' })
    // About 340 bytes each, if finalizers were still to be run for them.
    expect((await heap()) - before).toBeLessThan(1_000_000)
  })
})

describe('a failure that was retrieved is not logged', () => {
  it('when it is awaited, though its task is over before it comes', async () => {
    const over = newFlag()
    const owner = pool({ atomics: 'disabled' })
    await owner.run(over, { name: 'awaitsLater' })
    held.error(new RangeError('boom'))
    await until(() => Atomics.load(over, 0) === 1)
    await expectNone()
  })

  it.each(LOOKS)('by %s', async (look) => {
    await expect(pool().run(look, { name: 'looks' })).resolves.toBe('boom')
    await expectNone()
  })

  it.each(LOOKS)('by %s, right before its thread exits', async (look) => {
    await expect(pool().run({ look, end: 'exit' }, { name: 'looksAndEnds' })).rejects.toThrow()
    await expectNone()
  })

  it.each<End>(['exit', 'crash', 'end'])('though the thread ends right after thousands of them: %s', async (way) => {
    const owner = pool()
    await owner.run({ count: 2_000, end: way }, { name: 'looksAtManyAndEnds' }).catch(() => undefined)
    if (way === 'end') await owner.close()
    await expectNone()
  })

  it('when it is looked at after stop() woke its thread, before the pool drained', async () => {
    const task = pool().run(undefined, { name: 'looksAfterStop' })
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    const stopped = reactor.stop()
    await expect(task).resolves.toContain('boom')
    await expectNone(stopped)
  })

  it('when its thread looked at the very moment of stop()', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    run('looksWhenTold', flags)
    await until(() => Atomics.load(flags.ready, 0) === 1)
    raise(flags.look)
    raised(flags.looked)
    await expectNone()
  })

  it('when its handle is collected afterwards', async () => {
    run('looksThenForgets')
    await told.promise
    await expectNone()
  })
})

describe("what is nobody's failure is not logged", () => {
  it.each<Unwanted>([
    'cancelled before it failed',
    'disposed',
    'a blocking call that timed out',
    'a CancelledError of the function',
    'a ReactorStopped of the function',
    'a defaultValue in place of EmptyError',
    'a value',
  ])('%s', async (what) => {
    await pool().run(what, { name: 'leavesUnwanted' })
    await expectNone()
  })

  it('calls that are cancelled while their failures are under way, at thousands of times', async () => {
    await pool().run(3_000, { name: 'cancelsUnderWay' })
    await expectNone()
  })

  it('calls that the reactor interrupted', async () => {
    ignore(pool().run(undefined, { name: 'isInterrupted' }))
    await told.promise
    await expectNone()
  })
})

describe('StopReport.unretrieved', () => {
  it("counts those of threads that ended earlier, of threads that go on, and of the reactor's own", async () => {
    await end(run('holds', 'end'))
    await end(run('holds', 'exit'))
    await pool().run(undefined, { name: 'leaves' })
    told = new Deferred()
    run('holds', 'park')
    await told.promise
    const local = eventual<Service>('service').fail()
    await until(() => local.settled)
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(5)
    expect(unhandled()).toHaveLength(5)
  })

  it('counts the same though the log is silent, or throws, or its level lets nothing through', async () => {
    const loggers: ReactorOptions[] = [
      { logLevel: 'silent' },
      {
        logger: Object.assign(new RecordingLogger(), {
          error: () => {
            throw new Error('of the logger')
          },
        }),
      },
      { logLevel: 'fatal' },
    ]
    for (const options of loggers) {
      await reactor.stop()
      start(options)
      const owner = pool()
      await owner.run(undefined, { name: 'leaves' })
      await owner.run('wait()', { name: 'looks' })
      const { unretrieved } = await reactor.stop()
      expect(unretrieved).toBe(1)
      expect(unhandled()).toEqual([])
    }
  })

  it('is written by a log whose level is error', async () => {
    await reactor.stop()
    start({ logLevel: 'error' })
    await pool().run(undefined, { name: 'leaves' })
    await expectOne()
  })
})

describe('whatever was thrown', () => {
  const trap = (): never => {
    throw new Error('of the trap')
  }
  const THROWN: readonly [string, () => unknown, unknown][] = [
    ['undefined', () => undefined, undefined],
    ['null', () => null, null],
    ['0', () => 0, 0],
    ["''", () => '', ''],
    ['false', () => false, false],
    ['NaN', () => Number.NaN, Number.NaN],
    ['a function', () => () => 1, expect.any(String)],
    ['a symbol', () => Symbol('thrown'), expect.stringContaining('thrown')],
    ['a revoked Proxy', revokedProxy, expect.anything()],
    [
      'a Proxy whose traps throw',
      () => new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap }),
      expect.anything(),
    ],
    ['a Proxy of an error', () => new Proxy(new Error('behind'), { get: trap }), expect.anything()],
    [
      'an error whose message throws',
      () => Object.defineProperty(new Error('x'), 'message', { get: trap }),
      expect.any(Error),
    ],
    [
      'an error whose stack throws',
      () => Object.defineProperty(new Error('x'), 'stack', { get: trap }),
      expect.any(Error),
    ],
    [
      'an error whose property throws',
      () => Object.defineProperty(new Error('x'), 'more', { get: trap, enumerable: true }),
      expect.any(Error),
    ],
    ['a circular error', circular, expect.objectContaining({ message: 'circular' })],
    [
      'an AggregateError',
      () => new AggregateError([new Error('a'), 0], 'both'),
      expect.objectContaining({ message: 'both' }),
    ],
  ]

  it.each(THROWN)('is logged: %s', async (_, thing, error) => {
    const thrown = thing()
    reactor.expose('thrower', { now: () => throwError(() => thrown) })
    await pool().run(undefined, { name: 'leavesThrown' })
    await expectLogged('thrower.now', error)
  })

  it.each(THROWN)("is logged in the reactor's own thread: %s", async (_, thing, error) => {
    const thrown = thing()
    reactor.expose('thrower', { now: () => throwError(() => thrown) })
    const result = eventual<{ now(): unknown }>('thrower').now()
    await until(() => result.settled)
    await expectLogged('thrower.now', error)
  })
})

describe("in the reactor's own thread", () => {
  const svc = eventual<Service>('service')

  it('a failure that nobody looks at is logged when the reactor stops', async () => {
    const result = svc.fail()
    await until(() => result.settled)
    expect(unhandled()).toEqual([])
    await reactor.stop()
    expect(unhandled()).toMatchObject([{ level: 'error', details: { thread: threadId } }])
    await expectOne()
  })

  it('a failure is logged as soon as its handle is collected', async () => {
    svc.fail()
    await until(() => {
      globalThis.gc?.()
      return unhandled().length > 0
    })
    await expectOne()
  })

  it('hundreds of forgotten failures are logged, each once', async () => {
    for (let nth = 0; nth < 500; nth++) svc.fail(nth)
    await until(() => {
      globalThis.gc?.()
      return unhandled().length === 500
    })
    const { unretrieved } = await reactor.stop()
    expect(unretrieved).toBe(500)
    expect(unhandled()).toHaveLength(500)
  })

  it.each<[string, (result: EventualResult<unknown>) => unknown]>([
    ['asPromise()', (result) => result.asPromise().catch(() => undefined)],
    [
      'asPromise() when it is there',
      async (result) => {
        await until(() => result.settled)
        await result.asPromise().catch(() => undefined)
      },
    ],
    [
      'originalFailure()',
      async (result) => {
        await until(() => result.settled)
        result.originalFailure()
      },
    ],
    ['cancel() at once', (result) => result.cancel()],
  ])('a failure is not logged after %s', async (_, look) => {
    await look(svc.fail())
    await expectNone()
  })

  it('a failure that comes after cancel() is not logged', async () => {
    const result = svc.held()
    await until(() => held.observed)
    result.cancel()
    service.failHeld()
    await expectNone()
  })

  it('calls that the reactor interrupted are not logged', async () => {
    svc.hang()
    await expectNone()
  })

  it('what was thrown is freed once it was retrieved and its handle is gone', async () => {
    const thrown: WeakRef<Error>[] = []
    reactor.expose('thrower', {
      now: () => {
        const error = new RangeError('freed')
        thrown.push(new WeakRef(error))
        throw error
      },
    })
    for (let count = 0; count < 10; count++) {
      await eventual<{ now(): unknown }>('thrower')
        .now()
        .asPromise()
        .catch(() => undefined)
    }
    await until(() => {
      globalThis.gc?.()
      return thrown.every((one) => one.deref() === undefined)
    })
    expect(thrown).toHaveLength(10)
  })
})

describe('what a reactive function threw', () => {
  it('is freed in the reactor once it was sent, be it that nobody has looked at it', async () => {
    const thrown: WeakRef<Error>[] = []
    reactor.expose('thrower', {
      now: () => {
        const error = new RangeError('freed')
        thrown.push(new WeakRef(error))
        throw error
      },
    })
    await pool().run(undefined, { name: 'leavesThrown' })
    await until(() => {
      globalThis.gc?.()
      return thrown.every((one) => one.deref() === undefined)
    })
    expect(thrown).toHaveLength(1)
    await expectLogged('thrower.now', expect.objectContaining({ message: 'freed' }))
  })
})

describe('a thread that was detached', () => {
  it('has its failure logged when the reactor stops', async () => {
    const worker = run('holds', 'park')
    await told.promise
    reactor.attach(worker)[Symbol.dispose]()
    expect(unhandled()).toEqual([])
    await expectOne()
  })

  it('has its failure logged when it ends', async () => {
    const worker = run('holds', 'park')
    await told.promise
    reactor.attach(worker)[Symbol.dispose]()
    await worker.terminate()
    await until(() => unhandled().length > 0)
    await expectOne()
  })

  it('and attached again, can look at the failure of before, after it has made a call since', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    const owner = new Piscina({ filename: tasks, maxThreads: 1 })
    const attached = reactor.attach(owner)
    const task = owner.run(flags, { name: 'callsAndLooksWhenTold' })
    await until(() => Atomics.load(flags.ready, 0) === 1)
    attached[Symbol.dispose]()
    reactor.attach(owner)
    raise(flags.look)
    await expect(task).resolves.toContain('boom')
    await owner.run('wait()', { name: 'looks' })
    await expectNone()
  })

  it('and attached again, can look at the failure of before; another one is logged', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    const owner = new Piscina({ filename: tasks, maxThreads: 1 })
    const attached = reactor.attach(owner)
    await owner.run(undefined, { name: 'leaves' })
    const task = owner.run(flags, { name: 'looksWhenTold' })
    await until(() => Atomics.load(flags.ready, 0) === 1)
    attached[Symbol.dispose]()
    reactor.attach(owner)
    raise(flags.look)
    await task
    await owner.run('wait()', { name: 'looks' })
    await owner.run(undefined, { name: 'drops' })
    const { unretrieved } = await reactor.stop()
    expect(unhandled()).toHaveLength(2)
    expect(unretrieved).toBe(2)
  })
})

function circular(): Error {
  const error = new Error('circular')
  error.cause = error
  return error
}

describe('a failure that was stashed', () => {
  it('is logged with the thread that made the call', async () => {
    const { uid, thread } = await pool().run(undefined, { name: 'stashesFailure' })
    expect(uid).toEqual(expect.any(String))
    await reactor.stop()
    expect(unhandled()).toMatchObject([{ details: { thread } }])
  })

  it('is logged once, though it is retrieved after the stop and its handle forgotten', async () => {
    const { uid } = await pool().run(undefined, { name: 'stashesFailure' })
    await reactor.stop()
    reactor.retrieveResult(uid)
    for (let turn = 0; turn < 20; turn++) {
      globalThis.gc?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(unhandled()).toHaveLength(1)
  })

  it('is logged once, though its thread ended before it could say that it has dealt with it', async () => {
    const worker = run('stashesFailureAndExits')
    await end(worker)
    await expectOne()
  })
})

describe('not logged is', () => {
  it('one that was retrieved, though the reactor has much else to do when its thread exits', async () => {
    using _ = keepBusy()
    const worker = run('looksAndEnds', { look: 'wait()', end: 'exit' })
    await end(worker)
    await expectNone()
  })

  it('a call that was cancelled when its failure was posted', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    const task = pool().run(flags, { name: 'cancelsAfterPosting' })
    // While the loop is held here, nothing is read; the failure may be posted, and its thread cancels.
    await until(() => Atomics.load(flags.ready, 0) === 1)
    raise(flags.look)
    raised(flags.looked)
    await task
    await expectNone()
  })

  it('a call that was cancelled, and its handle collected, while its failure was under way', async () => {
    run('cancelsThenForgets')
    await told.promise
    await expectNone()
  })

  it('a failure that is looked at after its thread was detached', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    const worker = run('looksWhenTold', flags)
    await until(() => Atomics.load(flags.ready, 0) === 1)
    reactor.attach(worker)[Symbol.dispose]()
    raise(flags.look)
    await end(worker)
    await expectNone()
  })

  it('a failure that is looked at after its thread was detached, at the very moment of stop()', async () => {
    const flags: Holding = { ready: newFlag(), look: newFlag(), looked: newFlag() }
    const worker = run('looksWhenTold', flags)
    await until(() => Atomics.load(flags.ready, 0) === 1)
    reactor.attach(worker)[Symbol.dispose]()
    raise(flags.look)
    raised(flags.looked)
    await expectNone()
  })

  it('a call that is cancelled at once', async () => {
    for (let round = 0; round < 20; round++) await pool().run('cancelled at once', { name: 'leavesUnwanted' })
    await expectNone()
  })

  it('one whose retrieval is read as the thread ends, without any stop', async () => {
    using _ = keepBusy()
    for (let round = 0; round < 5; round++) {
      await pool()
        .run({ look: 'wait()', end: 'exit' }, { name: 'looksAndEnds' })
        .catch(() => undefined)
    }
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled()).toEqual([])
  })
  it('but a value that the thread cannot read is, when nobody looks', async () => {
    reactor.expose('thrower', { now: () => nested(3_000) })
    await pool({ resourceLimits: { stackSizeMb: 0.5 } }).run(undefined, { name: 'leavesThrown' })
    expect((await reactor.stop()).unretrieved).toBe(1)
  })
})

/** Has the reactor always have calls in line, each of which takes longer than a turn of its loop, until disposed. */
function keepBusy(): Disposable {
  let isOver = false
  const busy = eventual<{ spin(): void }>('busy')
  const line = reactor.expose('busy', {
    spin: () => {
      const until = performance.now() + 2
      while (performance.now() < until);
      if (!isOver) busy.spin()
    },
  })
  for (let count = 0; count < 3; count++) busy.spin()
  return {
    [Symbol.dispose]: () => {
      isOver = true
      line[Symbol.dispose]()
    },
  }
}
