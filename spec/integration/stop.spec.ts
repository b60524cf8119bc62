import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import {
  currentCall,
  eventual,
  type PoolOptions,
  Reactor,
  ReactorStopped,
  type StopOptions,
  type StopReport,
} from 'rx-crochet'
import { defer, NEVER, Observable, Subject, takeUntil, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Deferred, Door, type Outcome, tasks, until, worker as workerFile } from '../fixtures/lifecycle-support.js'
import type { Late, Unwinding, Way } from '../fixtures/lifecycle-tasks.js'
import { onOwnMessage } from '../fixtures/own-messages.js'
import { readHello } from '../fixtures/raw-messages.js'

const STOPPED = { failure: 'ReactorStopped', message: expect.any(String) }

let reactor: Reactor
let pools: Piscina[]
let workers: Worker[]
let doors: Door[]

beforeEach(() => {
  reactor = new Reactor({ logLevel: 'silent' })
  pools = []
  workers = []
  doors = []
})

afterEach(async () => {
  for (const one of doors) one.open()
  await reactor.stop()
  await Promise.all([...pools.map((pool) => pool.destroy()), ...workers.map((worker) => worker.terminate())])
})

function door(): Door {
  const one = new Door()
  doors.push(one)
  return one
}

/** A pool of `createPool`. */
function createdPool(options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename: tasks, maxThreads: 1, ...options })
}

/** A pool that the application made. */
function attachedPool(options: PoolOptions = {}): Piscina {
  const pool = new Piscina({ filename: tasks, maxThreads: 1, ...options })
  pools.push(pool)
  reactor.attach(pool)
  return pool
}

/** A Worker with one task, whose result it sends. */
function attachedWorker(task: string, input?: unknown): Worker {
  const worker = new Worker(workerFile, { workerData: { task, input } })
  workers.push(worker)
  reactor.attach(worker)
  return worker
}

/** Holds back a Worker's request for a connection until the thread sleeps on its first call. */
function hearOnlyAsleep(worker: Worker): void {
  onOwnMessage(worker, (message) => {
    const hello = readHello(message)
    if (typeof hello !== 'object') return
    while (!hello.memory.isAsleepOn(1)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  })
}

/** The result of a Worker's task, among its other messages. */
function resultOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (message: unknown) => {
      if (typeof message === 'object' && message !== null && 'result' in message) resolve(message.result)
    })
  })
}

/** Waits until so many calls are unfinished. */
async function pending(count: number): Promise<void> {
  await until(() => reactor.pending().length === count)
}

/** As `pending`, and until they had their turns. */
async function started(count: number): Promise<void> {
  await pending(count)
  await eventual<{ no(): void }>('nothing')
    .no()
    .asPromise()
    .catch(() => undefined)
}

const kinds = [
  ['of createPool()', createdPool],
  ['that was attached', attachedPool],
] as const

describe('stop() ends with ReactorStopped', () => {
  it('every unfinished call, waited for or not', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const outcomes = createdPool().run(5, { name: 'waitsForLastOf' })
    await pending(5)
    await reactor.stop()
    expect(await outcomes).toEqual(Array(5).fill(STOPPED))
  })

  it('what a thread awaits without sleeping', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const outcomes = createdPool().run(5, { name: 'awaits' })
    await pending(5)
    await reactor.stop()
    expect(await outcomes).toEqual(Array(5).fill(STOPPED))
  })

  it('the calls of several threads of a pool', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = createdPool({ maxThreads: 4 })
    const outcomes = Array.from({ length: 4 }, () => pool.run(undefined, { name: 'waits' }))
    await pending(4)
    await reactor.stop()
    expect(await Promise.all(outcomes)).toEqual(Array(4).fill(STOPPED))
  })

  it('the calls of several pools and of a Worker', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const outcomes = [
      createdPool().run(undefined, { name: 'waits' }),
      attachedPool().run(undefined, { name: 'waits' }),
      createdPool().run(undefined, { name: 'waits' }),
      resultOf(attachedWorker('waits')),
    ]
    await pending(4)
    await reactor.stop()
    expect(await Promise.all(outcomes)).toEqual(Array(4).fill(STOPPED))
  })

  it("calls of the reactor's own thread", async () => {
    const service = { hang: () => NEVER }
    reactor.expose('svc', service)
    const outcome = eventual<typeof service>('svc').hang().asPromise()
    await Promise.all([reactor.stop(), expect(outcome).rejects.toBeInstanceOf(ReactorStopped)])
  })

  it('a call that waits for room', async () => {
    await using small = new Reactor({ maxPending: 3 })
    small.expose('svc', { hang: () => NEVER })
    const end = small.createPool({ filename: tasks, maxThreads: 1 }).run(undefined, { name: 'waitsForRoom' })
    await until(() => small.pending().length === 3)
    await small.stop()
    expect(await end).toEqual({ made: 3, refused: STOPPED })
  })

  it('a call whose Observable is taken until the shutdown', async () => {
    reactor.expose('svc', { hang: () => NEVER.pipe(takeUntil(reactor.shutdown$)) })
    const outcome = createdPool().run(undefined, { name: 'waits' })
    await pending(1)
    await reactor.stop()
    expect(await outcome).toEqual(STOPPED)
  })

  it('a call that has a default value, and an Observable that is taken until the shutdown', async () => {
    const service = { hang: () => NEVER.pipe(takeUntil(reactor.shutdown$)) }
    reactor.expose('svc', service)
    const outcome = eventual<typeof service>('svc', { defaultValue: 'default' }).hang().asPromise()
    await pending(1)
    await Promise.all([reactor.stop(), expect(outcome).rejects.toBeInstanceOf(ReactorStopped)])
  })

  it('a call whose turn has not come, and its function does not run', async () => {
    const scheduler = new VirtualTimeScheduler()
    await using quiet = new Reactor({ scheduler })
    let ran = false
    quiet.expose('svc', {
      hang: () => {
        ran = true
      },
    })
    const outcome = quiet.createPool({ filename: tasks, maxThreads: 1 }).run(undefined, { name: 'waits' })
    await until(() => quiet.pending().length === 1)
    await quiet.stop()
    scheduler.flush()
    expect({ outcome: await outcome, ran }).toEqual({ outcome: STOPPED, ran: false })
  })

  it('no call that has its outcome, be it that nobody has looked yet', async () => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    const outcomes = createdPool().run('value', { name: 'waitsWithAnAnswer' })
    await until(() => reactor.pending().some((call) => call.function === 'svc.hang'))
    await reactor.stop()
    expect(await outcomes).toEqual({ answered: { value: 'value' }, waited: STOPPED })
  })
})

it('unsubscribes every unfinished call', async () => {
  let unsubscribed = 0
  const hang = (): Observable<never> =>
    new Observable(() => () => {
      unsubscribed += 1
    })
  const service = { hang }
  reactor.expose('svc', service)
  createdPool().run(3, { name: 'waitsForLastOf' })
  eventual<typeof service>('svc')
    .hang()
    .asPromise()
    .catch(() => undefined)
  await started(4)
  await reactor.stop()
  expect(unsubscribed).toBe(4)
})

it.each(kinds)('wakes a sleeping thread before the pool %s is closed', async (_, makePool) => {
  reactor.expose('svc', { hang: () => NEVER })
  const pool = makePool()
  const order: string[] = []
  pool.on('close', () => order.push('closed'))
  pool.run(undefined, { name: 'waits' }).then(() => order.push('woken'))
  await pending(1)
  await reactor.stop()
  expect(order).toEqual(['woken', 'closed'])
})

describe('a new call fails at once', () => {
  const ways: readonly Way[] = ['blocking', 'wait', 'asPromise']

  it.each(ways)('in a thread that still runs: %s', async (way) => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    const outcomes = createdPool().run(way, { name: 'callsAfterWaiting' })
    await pending(1)
    const { terminated } = await reactor.stop()
    expect({ ...(await outcomes), terminated }).toEqual({ waited: STOPPED, called: STOPPED, terminated: 0 })
  })

  it("in the reactor's own thread, and its function does not run", async () => {
    let ran = false
    const service = {
      note: () => {
        ran = true
      },
    }
    reactor.expose('svc', service)
    await reactor.stop()
    await expect(eventual<typeof service>('svc').note().asPromise()).rejects.toBeInstanceOf(ReactorStopped)
    expect(ran).toBe(false)
  })

  // The longest that a timer can measure. A hang is for the spec's own timeout to end.
  const connectTimeout = 2 ** 31 - 1

  it.each(ways)(
    'in a thread that asks for its connection during the drain: %s',
    async (way) => {
      reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
      const [late, busy, called] = [door(), door(), door()]
      const drained = createdPool().run({ door: busy.word, result: undefined } satisfies Unwinding, { name: 'unwinds' })
      const worker = attachedWorker('callsLate', {
        door: late.word,
        called: called.word,
        way,
        connectTimeout,
      } satisfies Late)
      const outcome = resultOf(worker)
      await once(worker, 'message')
      await pending(1)
      const stopped = reactor.stop({ drainTimeout: 60_000 })
      late.open()
      if (way === 'asPromise') called.pass()
      else hearOnlyAsleep(worker)
      expect(await outcome).toEqual(STOPPED)
      busy.open()
      await Promise.all([stopped, drained])
    },
    10_000,
  )

  it.each(ways)('in a Worker that asks for its connection after the stop: %s', async (way) => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const [late, called] = [door(), door()]
    const worker = attachedWorker('callsLate', {
      door: late.word,
      called: called.word,
      way,
      connectTimeout: 1_000,
    } satisfies Late)
    const outcome = resultOf(worker)
    await once(worker, 'message')
    await reactor.stop()
    late.open()
    expect(await outcome).toEqual(STOPPED)
  })

  it('though it was sent before, right behind the one that stops the reactor', async () => {
    const ran: unknown[] = []
    const sent = door()
    reactor.expose('svc', {
      echo: (value: unknown) => {
        ran.push(value)
        return value
      },
      block: () => sent.pass(),
      stop: () => void reactor.stop(),
    })
    const outcomes: Outcome[] = await createdPool().run(sent.word, { name: 'sendsAround' })
    expect(outcomes).toEqual([{ value: undefined }, { value: 'before' }, STOPPED, STOPPED, STOPPED])
    expect(ran).toEqual(['connected', 'before'])
    await reactor.stop()
    expect(reactor.pending()).toEqual([])
  })
})

describe('the drain', () => {
  it.each(kinds)('waits for each of several threads of a pool %s, whenever it ends', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = makePool({ minThreads: 4, maxThreads: 4 })
    const busy = [door(), door(), door(), door()]
    const results = busy.map(({ word }, result) =>
      pool.run({ door: word, result } satisfies Unwinding, { name: 'unwinds' }),
    )
    await pending(4)
    const report = reactor.stop()
    for (const [index, one] of busy.entries()) {
      one.open()
      expect(await results[index]).toBe(index)
    }
    expect(await report).toMatchObject({ drained: 4, terminated: 0 })
  })

  it.each(kinds)('rejects the tasks in the queue of a pool %s', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    const pool = makePool()
    const running = pool.run(undefined, { name: 'waits' })
    const queued = [1, 2, 3].map((value) => pool.run(value, { name: 'echoes' }))
    await pending(1)
    const ends = Promise.allSettled(queued)
    await reactor.stop()
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await running).toEqual(STOPPED)
  })

  it('starts no task of the queue while other threads come to their end', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = createdPool({ minThreads: 2, maxThreads: 2 })
    const [first, second, never] = [door(), door(), door()]
    const run = (one: Door): Promise<unknown> =>
      pool.run({ door: one.word, result: 'result' } satisfies Unwinding, { name: 'unwinds' })
    const running = [run(first), run(second)]
    const queued = run(never)
    await pending(2)
    const rejected = expect(queued).rejects.toThrow()
    const report = reactor.stop()
    first.open()
    await running[0]
    second.open()
    expect(await Promise.all(running)).toEqual(['result', 'result'])
    await rejected
    expect(await report).toMatchObject({ drained: 2, terminated: 0 })
  })

  it('rejects a task that is given to it meanwhile', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = createdPool()
    const busy = door()
    const running = pool.run({ door: busy.word, result: 'result' } satisfies Unwinding, { name: 'unwinds' })
    await pending(1)
    const report = reactor.stop()
    const rejected = expect(pool.run(undefined, { name: 'waits' })).rejects.toThrow()
    busy.open()
    expect(await running).toBe('result')
    await rejected
    await report
  })

  it.each(kinds)(
    'leaves no task waiting that is given to a pool %s afterwards',
    async (_, makePool) => {
      const pool = makePool()
      pools.push(pool)
      await reactor.stop()
      const [end] = await Promise.allSettled([pool.run(1, { name: 'doubles' })])
      expect(['fulfilled', 'rejected']).toContain(end?.status)
    },
    5_000,
  )

  it.each(kinds)('terminates a thread of a pool %s that is busy for too long, and counts it', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = makePool({ minThreads: 3, maxThreads: 3 })
    const endless = pool.run(undefined, { name: 'neverUnwinds' })
    const waiting = pool.run(undefined, { name: 'waits' })
    const rejected = expect(endless).rejects.toThrow()
    await pending(2)
    expect(await reactor.stop({ drainTimeout: 500 })).toMatchObject({ drained: 2, terminated: 1 })
    await rejected
    expect(await waiting).toEqual(STOPPED)
  })

  it.each(kinds)('terminates a thread of a pool %s that is busy, with tasks in its queue', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = makePool()
    const running = [pool.run(undefined, { name: 'neverUnwinds' }), pool.run(undefined, { name: 'waits' })]
    const ends = Promise.allSettled(running)
    await pending(1)
    expect(await reactor.stop({ drainTimeout: 100 })).toMatchObject({ drained: 0, terminated: 1 })
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('terminates a busy thread at once if it is given no time', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const endless = createdPool().run(undefined, { name: 'neverUnwinds' })
    const rejected = expect(endless).rejects.toThrow()
    await pending(1)
    expect(await reactor.stop({ drainTimeout: 0 })).toMatchObject({ drained: 0, terminated: 1 })
    await rejected
  })

  it.each(kinds)('takes as long as it takes if it is given no bound, for a pool %s', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    const pool = makePool()
    const busy = door()
    const running = pool.run({ door: busy.word, result: 'result' } satisfies Unwinding, { name: 'unwinds' })
    const rejected = expect(pool.run(undefined, { name: 'echoes' })).rejects.toThrow()
    await pending(1)
    const report = reactor.stop({ drainTimeout: Number.POSITIVE_INFINITY })
    const result = running.catch((error: Error) => error.message)
    // More than a timer of no length at all takes.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    busy.open()
    expect(await result).toBe('result')
    await rejected
    expect(await report).toMatchObject({ drained: 1, terminated: 0 })
  })

  it('counts no thread twice, also not one that a late task started', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = createdPool({ minThreads: 1, maxThreads: 4, filename: null })
    const endless = pool.run(undefined, { filename: tasks, name: 'neverUnwinds' })
    await pending(1)
    const report = reactor.stop({ drainTimeout: 1 })
    const late = [1, 2, 3].map(() => pool.run(undefined, { filename: tasks, name: 'waits' }))
    const ends = Promise.allSettled([endless, ...late])
    expect((await report).drained).toBeGreaterThanOrEqual(0)
    await ends
  })

  it.each(kinds)('gets along with an application that closes the pool %s itself', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = makePool()
    const outcome = pool.run(undefined, { name: 'waits' })
    await pending(1)
    const closed = pool.close()
    await Promise.all([reactor.stop(), closed])
    expect(await outcome).toEqual(STOPPED)
  })

  it.each(kinds)('gets along with a pool %s that the application has destroyed', async (_, makePool) => {
    const pool = makePool()
    await pool.destroy()
    expect(await reactor.stop()).toMatchObject({ drained: 0, terminated: 0 })
  })

  it.each(kinds)('waits for threads of a pool %s that are still starting', async (_, makePool) => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = makePool({ minThreads: 2, maxThreads: 2 })
    const outcome = pool.run(undefined, { name: 'waits' })
    expect(await reactor.stop()).toMatchObject({ interrupted: 0, drained: 2, terminated: 0 })
    expect(await outcome).toEqual(STOPPED)
  })

  it('leaves a Worker to the application', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const busy = door()
    const worker = attachedWorker('unwinds', { door: busy.word, result: 'result' } satisfies Unwinding)
    const result = resultOf(worker)
    await pending(1)
    expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 0, terminated: 0 })
    busy.open()
    expect(await result).toBe('result')
  })
})

it('reports what it did', async () => {
  const service = { hang: () => NEVER }
  reactor.expose('svc', service)
  createdPool({ minThreads: 2, maxThreads: 2 }).run(3, { name: 'waitsForLastOf' })
  attachedPool().run(2, { name: 'waitsForLastOf' })
  const local = eventual<typeof service>('svc').hang().asPromise()
  const rejected = expect(local).rejects.toThrow()
  await pending(6)
  const report = await reactor.stop()
  expect(report).toMatchObject({ interrupted: 6, drained: 3, terminated: 0, durationMs: expect.any(Number) })
  expect(report.durationMs).toBeGreaterThan(0)
  await rejected
})

describe('asking again', () => {
  it('gives the same promise', async () => {
    const first = reactor.stop()
    expect(reactor.stop({ drainTimeout: 0 })).toBe(first)
    await first
    expect(reactor.stop()).toBe(first)
  })

  it('gives the same promise to a subscriber of shutdown$', async () => {
    const asked: Promise<StopReport>[] = []
    reactor.shutdown$.subscribe(() => asked.push(reactor.stop()))
    const first = reactor.stop()
    expect([asked.length, asked[0] === first]).toEqual([1, true])
    await first
  })

  it.each([
    ['a teardown', (again: () => void) => new Observable(() => again)],
    [
      "a listener of a call's signal",
      (again: () => void) => {
        currentCall().signal.addEventListener('abort', again)
        return NEVER
      },
    ],
  ])('gives the same promise to %s', async (_, hang) => {
    const asked: Promise<StopReport>[] = []
    reactor.expose('svc', { hang: () => hang(() => asked.push(reactor.stop())) })
    createdPool().run(undefined, { name: 'waits' })
    await started(1)
    const first = reactor.stop()
    expect([asked.length, asked[0] === first]).toEqual([1, true])
    await first
  })

  it('in a teardown leaves other reactors as they are', async () => {
    await using other = new Reactor()
    const service = { name: () => 'other' }
    other.expose('names', service)
    reactor.expose('svc', { hang: () => new Observable(() => () => void reactor.stop()) })
    createdPool().run(undefined, { name: 'waits' })
    await started(1)
    await reactor.stop()
    expect(await eventual<typeof service>('names').name().asPromise()).toBe('other')
  })
})

it('stops at the end of its scope', async () => {
  let shutdown: unknown
  {
    await using scoped = new Reactor()
    scoped.shutdown$.subscribe((reason) => {
      shutdown = reason
    })
  }
  expect(shutdown).toBeInstanceOf(ReactorStopped)
})

describe('a drainTimeout', () => {
  it.each([
    ['a string', '5000', TypeError],
    ['null', null, TypeError],
    ['a bigint', 5_000n, TypeError],
    ['negative', -1, RangeError],
    ['NaN', Number.NaN, RangeError],
  ])('that is %s is refused, and nothing stops', async (_, drainTimeout, error) => {
    const options = { drainTimeout } as StopOptions // what code without types may give
    await expect(async () => reactor.stop(options)).rejects.toThrow(error)
    const service = { name: () => 'alive' }
    reactor.expose('names', service)
    expect(await eventual<typeof service>('names').name().asPromise()).toBe('alive')
  })
})

describe('stop() called inside a reactive function', () => {
  it.each([
    ['that returns a value', () => void reactor.stop()],
    ['that awaits it', () => reactor.stop().then(() => 'stopped')],
    ['that subscribes to it', () => defer(() => reactor.stop())],
    [
      'that throws then',
      () => {
        reactor.stop()
        throw new Error('behind stop()')
      },
    ],
  ])('%s ends that call too', async (_, hang) => {
    reactor.expose('svc', { hang })
    const outcome = createdPool().run(undefined, { name: 'waits' })
    expect(await outcome).toEqual(STOPPED)
    expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 1, terminated: 0 })
  })

  it('leaves a promise that fails later to nobody', async () => {
    const unhandled: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => unhandled.push(reason))
    try {
      const failed = new Deferred()
      const hang = async (): Promise<never> => {
        await reactor.stop()
        failed.resolve()
        throw new Error('behind stop()')
      }
      reactor.expose('svc', { hang })
      expect(await createdPool().run(undefined, { name: 'waits' })).toEqual(STOPPED)
      await failed.promise
      // Rejections are looked at when the microtasks are done.
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
  })
})

describe('shutdown$', () => {
  interface Seen {
    readonly values: unknown[]
    completed: boolean
  }

  function watch(): Seen {
    const seen: Seen = { values: [], completed: false }
    reactor.shutdown$.subscribe({
      next: (value) => seen.values.push(value),
      complete: () => {
        seen.completed = true
      },
    })
    return seen
  }

  const shutDown = { values: [expect.any(ReactorStopped)], completed: true }

  it("is of the application's own RxJS", () => {
    expect(reactor.shutdown$).toBeInstanceOf(Observable)
  })

  it('is silent while the reactor runs', () => {
    expect(watch()).toEqual({ values: [], completed: false })
  })

  it('emits the ReactorStopped and completes as the stop begins', async () => {
    const seen = watch()
    const stopped = reactor.stop()
    expect(seen).toEqual(shutDown)
    await stopped
  })

  it('does the same for a late subscriber', async () => {
    await reactor.stop()
    expect(watch()).toEqual(shutDown)
  })

  it("ends the application's own streams by takeUntil", async () => {
    const ticks = new Subject<number>()
    const seen: unknown[] = []
    ticks
      .pipe(takeUntil(reactor.shutdown$))
      .subscribe({ next: (tick) => seen.push(tick), complete: () => seen.push('end') })
    ticks.next(1)
    await reactor.stop()
    ticks.next(2)
    expect(seen).toEqual([1, 'end'])
  })

  it('fires when the calls have ended', async () => {
    const pendingThen: unknown[] = []
    reactor.expose('svc', { hang: () => NEVER })
    createdPool().run(undefined, { name: 'waits' })
    await pending(1)
    reactor.shutdown$.subscribe(() => pendingThen.push(...reactor.pending()))
    await reactor.stop()
    expect(pendingThen).toEqual([])
  })

  it('cannot be fired by others', () => {
    expect(reactor.shutdown$).not.toBeInstanceOf(Subject)
  })
})

describe('a stopped reactor', () => {
  it.each([
    ['expose', () => reactor.expose('late', { fn: () => 1 })],
    ['createPool', () => createdPool()],
    ['attach', () => attachedPool()],
  ])('refuses %s', async (member, use) => {
    const stopped = reactor.stop()
    expect(use).toThrow(expect.objectContaining({ name: 'ReactorStopped', message: expect.stringContaining(member) }))
    await stopped
    expect(use).toThrow(ReactorStopped)
  })

  it('is followed by a new one', async () => {
    await reactor.stop()
    reactor = new Reactor()
    reactor.expose('svc', { echo: (value: unknown) => value })
    expect(await createdPool().run('again', { name: 'echoes' })).toBe('again')
  })

  it('leaves another one running', async () => {
    await using other = new Reactor()
    other.expose('svc', { echo: (value: unknown) => value })
    const pool = other.createPool({ filename: tasks, maxThreads: 1 })
    await pool.run('before', { name: 'echoes' })
    await reactor.stop()
    expect(await pool.run('after', { name: 'echoes' })).toBe('after')
  })
})

describe('a reactor that nobody stops', () => {
  it.each(['doubles', 'echoes', 'sums'])('lets the process end when no call is under way: after %s', async (task) => {
    const program = fileURLToPath(new URL('../fixtures/lifecycle-program.js', import.meta.url))
    const child = spawn(process.execPath, [program, task], { stdio: ['ignore', 'ignore', 'inherit'] })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
