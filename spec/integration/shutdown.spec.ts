import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import {
  eventual,
  type PoolOptions,
  Reactor,
  type ReactorOptions,
  ReactorStopped,
  type ShutdownPhase,
  type StopReport,
} from 'rx-crochet'
import { defer, firstValueFrom, NEVER, Observable, of, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deferred, Door, type Outcome, RecordingLogger, until } from '../fixtures/lifecycle-support.js'
import type { Death, Flood, Held, Late, Once, Unwinding, Way } from '../fixtures/lifecycle-tasks.js'
import type { Beside, Filled, Filling, Passing, Service, Step } from '../fixtures/shutdown-tasks.js'

const tasks = new URL('../fixtures/shutdown-tasks.js', import.meta.url).href
const workerFile = new URL('../fixtures/shutdown-worker.js', import.meta.url)

const STOPPED = { failure: 'ReactorStopped', message: expect.any(String) }
/** In ms; a spec that waits it out fails by its own time limit. */
const LONG = 10 * 60_000
/** In ms; for what has to come to its end. */
const SHORT = 20
/** The longest that a timer can measure, in ms. */
const LONGEST = 2 ** 31 - 1

const ways: readonly Way[] = ['blocking', 'wait', 'asPromise']
const phases: readonly ShutdownPhase[] = ['before', 'during', 'after']

let reactor: Reactor
let log: RecordingLogger
let pools: Piscina[]
let workers: Worker[]
let doors: Door[]

beforeEach(() => {
  log = new RecordingLogger()
  reactor = new Reactor({ logger: log })
  pools = []
  workers = []
  doors = []
})

afterEach(async () => {
  for (const one of doors) one.open()
  await reactor.stop()
  await Promise.all([...pools.map((pool) => pool.destroy()), ...workers.map((worker) => worker.terminate())])
})

/** Another reactor in place of the one that each spec has. */
async function replace(options: ReactorOptions = {}): Promise<void> {
  await reactor.stop()
  reactor = new Reactor({ logger: log, ...options })
}

function door(): Door {
  const one = new Door()
  doors.push(one)
  return one
}

/** A pool of `createPool`. */
function createdPool(options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename: tasks, minThreads: 1, maxThreads: 1, ...options })
}

/** A pool that the application made, and hasn't attached. */
function newPool(options: PoolOptions = {}): Piscina {
  const pool = new Piscina({ filename: tasks, minThreads: 1, maxThreads: 1, ...options })
  pools.push(pool)
  return pool
}

/** A pool that the application made. */
function attachedPool(options: PoolOptions = {}): Piscina {
  const pool = newPool(options)
  reactor.attach(pool)
  return pool
}

/** A Worker with one task, that isn't attached. */
function newWorker(task: string, input?: unknown): Worker {
  const worker = new Worker(workerFile, { workerData: { task, input } })
  workers.push(worker)
  return worker
}

function attachedWorker(task: string, input?: unknown): Worker {
  const worker = newWorker(task, input)
  reactor.attach(worker)
  return worker
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

interface Caller {
  readonly worker: Worker
  /** Each lets the thread make its next call, and resolves when that has ended. */
  readonly calls: readonly (() => Promise<void>)[]
  readonly ends: Promise<unknown>
}

/** A Worker whose calls come when the spec says so. */
function caller(way: Way, count: number): Caller {
  const steps = Array.from({ length: count }, () => ({ at: door(), called: door() }))
  const words = steps.map(({ at, called }): Step => ({ door: at.word, called: called.word }))
  const worker = newWorker('callsAtDoors', { steps: words, way })
  const calls = steps.map(({ at, called }) => () => {
    at.open()
    return until(() => called.isOpen)
  })
  return { worker, calls, ends: resultOf(worker) }
}

/** Calls of the reactor's own thread. */
const local = eventual<Service>('svc')

/** Waits until so many calls are unfinished, and have had their turns. */
async function started(count: number): Promise<void> {
  await until(() => reactor.pending().length === count)
  await eventual<{ no(): void }>('nothing')
    .no()
    .asPromise()
    .catch(() => undefined)
}

/** Long enough for what looks once a millisecond to have looked: timers end in the order of their times. */
async function aWhile(): Promise<void> {
  for (let time = 0; time < 5; time++) await sleep(1)
}

/** How a promise failed. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => new Error(`It did not fail, but was fulfilled with ${String(value)}`),
    (error: unknown) => error,
  )
}

const kinds = [
  ['of createPool()', createdPool],
  ['that was attached', attachedPool],
] as const

const threads: readonly (readonly [string, (task: string, input: unknown) => Promise<unknown>])[] = [
  ['a pool of createPool()', (name, input) => createdPool().run(input, { name })],
  ['a pool that was attached', (name, input) => attachedPool().run(input, { name })],
  ['a Worker', (name, input) => resultOf(attachedWorker(name, input))],
]

describe('in the grace of a stop an unfinished call', () => {
  let answers: Subject<unknown>

  beforeEach(() => {
    answers = new Subject()
    reactor.expose('svc', { answer: () => answers, hang: () => NEVER, echo: (value: unknown) => value })
  })

  describe.each(threads)('of a thread of %s', (_, run) => {
    it.each(ways)('gets its value, and then the stop goes on: %s', async (way) => {
      const outcome = run('awaitsAnswer', way)
      await started(1)
      const report = reactor.stop({ grace: LONG })
      await aWhile()
      answers.next('in time')
      expect(await outcome).toEqual({ value: 'in time' })
      expect(await report).toMatchObject({ interrupted: 0, terminated: 0 })
    })
  })

  it("of the reactor's own thread gets its value", async () => {
    const outcome = local.answer().asPromise()
    await started(1)
    const report = reactor.stop({ grace: LONG })
    await aWhile()
    answers.next('in time')
    expect(await outcome).toBe('in time')
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('gets its failure', async () => {
    const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
    await started(1)
    const report = reactor.stop({ grace: LONG })
    answers.error(new RangeError('no answer'))
    expect(await outcome).toEqual({ failure: 'RangeError', message: 'no answer' })
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('may take for ever if the grace is infinite, and no longer than it takes', async () => {
    const outcome = createdPool().run('wait', { name: 'awaitsAnswer' })
    await started(1)
    const report = reactor.stop({ grace: Number.POSITIVE_INFINITY })
    await aWhile()
    answers.next('in time')
    expect(await outcome).toEqual({ value: 'in time' })
    expect(await report).toMatchObject({ interrupted: 0, drained: 1 })
  })

  it('is waited for until the last has finished; shutdown$ is silent till then', async () => {
    const each = Array.from({ length: 5 }, () => new Subject())
    await replace()
    reactor.expose('svc', { answer: (index: number) => each[index] })
    const outcomes = each.map((_, index) => local.answer(index).asPromise())
    await started(5)
    const fired: unknown[] = []
    reactor.shutdown$.subscribe((reason) => fired.push(reason))
    const report = reactor.stop({ grace: LONG })
    for (const [index, one] of each.entries()) {
      await aWhile()
      expect(fired).toEqual([])
      expect(reactor.pending()).toHaveLength(each.length - index)
      one.next(index)
      expect(await outcomes[index]).toBe(index)
    }
    expect(await report).toMatchObject({ interrupted: 0 })
    expect(fired).toEqual([expect.any(ReactorStopped)])
  })

  it('keeps its grace when stop() is asked again with less', async () => {
    const outcome = createdPool().run('wait', { name: 'awaitsAnswer' })
    await started(1)
    const report = reactor.stop({ grace: LONG })
    expect(reactor.stop({ grace: 0 })).toBe(report)
    await aWhile()
    answers.next('in time')
    expect(await outcome).toEqual({ value: 'in time' })
  })

  it.each(ways)('finishes beside the further ones of its task, which have their outcomes too: %s', async (way) => {
    await replace()
    reactor.expose('svc', { answer: () => answers, echo: (value: unknown) => value })
    const [late, called] = [door(), door()]
    const input: Beside = { way, door: late.word, called: called.word }
    const outcomes = createdPool().run(input, { name: 'callsBeside' })
    await started(1)
    const report = reactor.stop({ grace: LONG })
    late.open()
    await until(() => called.isOpen)
    answers.next('in time')
    expect(await outcomes).toEqual({ made: { value: way }, held: { value: 'in time' } })
    expect(await report).toMatchObject({ interrupted: 0, drained: 1 })
  })

  it.each(['blocking', 'eventual'] as const)(
    'finishes beside one that waits for room, which has it then: %s',
    async (way) => {
      await replace({ maxPending: 3 })
      reactor.expose('svc', { answer: () => answers, echo: (value: unknown) => value })
      const input: Filling = { limit: 3, way }
      const outcomes: Promise<Filled> = createdPool().run(input, { name: 'fillsRoom' })
      await started(3)
      const report = reactor.stop({ grace: LONG })
      answers.next('in time')
      expect(await outcomes).toEqual({ more: { value: 'more' }, held: Array(3).fill({ value: 'in time' }) })
      expect(await report).toMatchObject({ interrupted: 0 })
    },
  )

  it("finishes beside new ones of the reactor's own thread, which have their outcomes too", async () => {
    const old = local.answer().asPromise()
    await started(1)
    const report = reactor.stop({ grace: LONG })
    expect(await local.echo('new').asPromise()).toBe('new')
    answers.next('in time')
    expect(await old).toBe('in time')
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it.each(ways)(
    'finishes beside those of threads that only now ask for a connection, which are accepted: %s',
    async (way) => {
      const old = local.answer().asPromise()
      await started(1)
      const late = door()
      const input: Late = { door: late.word, called: door().word, way, connectTimeout: LONGEST }
      const outcome = resultOf(attachedWorker('callsLate', input))
      const begun = createdPool().run({ way, connectTimeout: LONGEST } satisfies Once, { name: 'callsOnce' })
      const report = reactor.stop({ grace: LONG })
      late.open()
      expect(await outcome).toEqual({ value: way })
      expect(await begun).toEqual({ value: way })
      answers.next('in time')
      expect(await old).toBe('in time')
      expect(await report).toMatchObject({ interrupted: 0 })
    },
  )

  it('finishes though it was still to be read when the reactor stopped', async () => {
    const count = 1_000
    const sent = door()
    let report: Promise<StopReport> | undefined
    await replace()
    reactor.expose('svc', {
      // In ms. The reactor gives the loop back after each ms, so that the stop has its turn between them.
      echo: (value: unknown) => {
        const end = performance.now() + 0.2
        while (performance.now() < end);
        return value
      },
      block: () => {
        sent.pass()
        report = reactor.stop({ grace: LONG })
      },
    })
    const values = createdPool().run({ count, sent: sent.word } satisfies Flood, { name: 'floods' })
    expect(await values).toEqual([...Array(count).keys()])
    expect(await report).toMatchObject({ interrupted: 0, drained: 1, terminated: 0 })
  })

  it('holds nothing up when its thread ends', async () => {
    const worker = attachedWorker('awaitsAnswer', 'blocking')
    await started(1)
    const report = reactor.stop({ grace: LONG })
    await aWhile()
    await worker.terminate()
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('holds nothing up when its task is aborted', async () => {
    const controller = new AbortController()
    const task = createdPool().run('blocking', { name: 'awaitsAnswer', signal: controller.signal })
    const failure = failureOf(task)
    await started(1)
    const report = reactor.stop({ grace: LONG })
    await aWhile()
    controller.abort('enough')
    expect(await failure).toMatchObject({ name: 'AbortError', cause: 'enough' })
    expect(await report).toMatchObject({ interrupted: 0, terminated: 0 })
  })

  it.each<Death>(['exit', 'crash'])('holds nothing up when its thread comes to a bad end: %s', async (death) => {
    const late = door()
    const input: Held = { door: late.word, death, others: 2 }
    const failure = failureOf(createdPool().run(input, { name: 'holds' }))
    await started(3)
    const report = reactor.stop({ grace: LONG })
    late.open()
    await failure
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it.each<Death>(['cancel', 'dispose'])('holds nothing up when its thread gives it up: %s', async (death) => {
    const late = door()
    const outcome = createdPool().run({ door: late.word, death } satisfies Held, { name: 'holds' })
    await started(1)
    const report = reactor.stop({ grace: LONG })
    late.open()
    expect(await outcome).toMatchObject({ failure: 'CancelledError' })
    expect(await report).toMatchObject({ interrupted: 0, drained: 1 })
  })

  it('holds nothing up when its pool is detached, which is then left alone', async () => {
    const pool = newPool()
    const attachment = reactor.attach(pool)
    const outcome = pool.run('blocking', { name: 'awaitsAnswer' })
    await started(1)
    const report = reactor.stop({ grace: LONG })
    await aWhile()
    attachment[Symbol.dispose]()
    expect(await outcome).toMatchObject({ failure: 'NotAttachedError' })
    expect(await report).toMatchObject({ interrupted: 0, drained: 0, terminated: 0 })
    expect(await pool.run(3, { name: 'doubles' })).toBe(6)
  })

  it('runs when its scheduler has its turn', async () => {
    const scheduler = new VirtualTimeScheduler()
    await replace({ scheduler })
    reactor.expose('svc', { answer: () => 'in time' })
    const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
    await until(() => reactor.pending().length === 1)
    const report = reactor.stop({ grace: LONG })
    await aWhile()
    scheduler.flush()
    expect(await outcome).toEqual({ value: 'in time' })
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('that its scheduler never runs is interrupted in the end', async () => {
    const scheduler = new VirtualTimeScheduler()
    let ran = false
    await replace({ scheduler })
    reactor.expose('svc', {
      answer: () => {
        ran = true
      },
    })
    const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
    await until(() => reactor.pending().length === 1)
    expect(await reactor.stop({ grace: SHORT })).toMatchObject({ interrupted: 1 })
    scheduler.flush()
    expect(await outcome).toEqual(STOPPED)
    expect(ran).toBe(false)
  })

  it('that is left at its end is interrupted, unsubscribed and counted, and others are not', async () => {
    let unsubscribed = 0
    const hang = new Observable(() => () => {
      unsubscribed += 1
    })
    const some: readonly Observable<unknown>[] = [of('at once'), of('at once, too'), answers]
    await replace()
    reactor.expose('svc', { answer: (index = some.length) => some[index] ?? hang })
    const own = failureOf(local.answer().asPromise())
    const outcomes: Promise<Outcome[]> = createdPool().run(6, { name: 'awaitsAnswers' })
    await until(() => answers.observed)
    await started(5)
    const report = reactor.stop({ grace: SHORT })
    answers.next('in time')
    expect((await outcomes).slice(0, 3)).toEqual(['at once', 'at once, too', 'in time'].map((value) => ({ value })))
    expect((await outcomes).slice(3)).toEqual(Array(3).fill(STOPPED))
    expect(await own).toBeInstanceOf(ReactorStopped)
    expect(await report).toMatchObject({ interrupted: 4 })
    expect(unsubscribed).toBe(4)
  })

  it('that waits for the stop itself is interrupted in the end', async () => {
    await replace()
    reactor.expose('svc', { answer: () => reactor.stop({ grace: SHORT }) })
    expect(await createdPool().run('blocking', { name: 'awaitsAnswer' })).toEqual(STOPPED)
    expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 1 })
  })

  it('is not needed: without one the stop goes on at once', async () => {
    const pool = createdPool()
    await pool.run(1, { name: 'echoes' })
    expect(await reactor.stop({ grace: LONG })).toMatchObject({ interrupted: 0, drained: 1, terminated: 0 })
  })
})

describe('an option of a stop', () => {
  const wrong: readonly (readonly [string, unknown, typeof Error, shown: string])[] = [
    ['a string', '5000', TypeError, "'5000'"],
    ['null', null, TypeError, 'null'],
    ['a bigint', 5_000n, TypeError, '5000n'],
    ['an object', {}, TypeError, '[Object]'],
    ['negative', -1, RangeError, '-1'],
    ['minus infinity', Number.NEGATIVE_INFINITY, RangeError, '-Infinity'],
    ['NaN', Number.NaN, RangeError, 'NaN'],
  ]

  describe.each(['grace', 'drainTimeout'])('%s', (option) => {
    it.each(wrong)('that is %s is refused by name, and nothing stops', async (_, value, error, shown) => {
      reactor.expose('svc', { echo: (it: unknown) => it })
      const stop = (): unknown => reactor.stop({ [option]: value })
      expect(stop).toThrow(error)
      expect(stop).toThrow(`${option} of stop() is \`${shown}\``)
      expect(await local.echo('alive').asPromise()).toBe('alive')
      expect(await createdPool().run('alive', { name: 'echoes' })).toBe('alive')
    })

    it.each(wrong)('that is %s is refused by name in the options of the reactor', (_, value, error, shown) => {
      const make = (): unknown => new Reactor({ stop: { [option]: value } })
      expect(make).toThrow(error)
      expect(make).toThrow(`${option} of options.stop is \`${shown}\``)
    })
  })

  it.each([null, 5_000, 'fast'])('is a member of an object: %s is none', async (options) => {
    expect(() => Reflect.apply(reactor.stop, reactor, [options])).toThrow(TypeError)
    expect(() => Reflect.construct(Reactor, [{ stop: options }])).toThrow(TypeError)
    reactor.expose('svc', { echo: (it: unknown) => it })
    expect(await local.echo('alive').asPromise()).toBe('alive')
  })

  describe('that was given to the reactor', () => {
    it.each<[string, () => Promise<unknown>]>([
      ['stop() without options', () => reactor.stop()],
      ['stop() with another option', () => reactor.stop({ drainTimeout: LONG })],
      ['stop() with undefined', () => Reflect.apply(reactor.stop, reactor, [{ grace: undefined }])],
      ['the end of a scope', () => reactor[Symbol.asyncDispose]()],
    ])('is what %s goes by: grace', async (_, stop) => {
      await replace({ stop: { grace: LONG } })
      const answers = new Subject()
      reactor.expose('svc', { answer: () => answers })
      const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
      await started(1)
      const stopped = stop()
      await aWhile()
      answers.next('in time')
      expect(await outcome).toEqual({ value: 'in time' })
      await stopped
    })

    it('gives way to what stop() is given: grace', async () => {
      await replace({ stop: { grace: LONG } })
      reactor.expose('svc', { answer: () => NEVER })
      const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
      await started(1)
      expect(await reactor.stop({ grace: 0 })).toMatchObject({ interrupted: 1 })
      expect(await outcome).toEqual(STOPPED)
    })

    it('is what stop() without options goes by: drainTimeout', async () => {
      await replace({ stop: { drainTimeout: 0 } })
      reactor.expose('svc', { hang: () => NEVER })
      const failure = failureOf(createdPool().run(undefined, { name: 'neverUnwinds' }))
      await started(1)
      expect(await reactor.stop()).toMatchObject({ terminated: 1 })
      await failure
    })

    it('gives way to what stop() is given: drainTimeout', async () => {
      await replace({ stop: { drainTimeout: 0 } })
      reactor.expose('svc', { hang: () => NEVER })
      const busy = door()
      const result = createdPool().run({ door: busy.word, result: 'result' } satisfies Unwinding, { name: 'unwinds' })
      await started(1)
      const report = reactor.stop({ drainTimeout: LONG })
      await aWhile()
      busy.open()
      expect(await report).toMatchObject({ drained: 1, terminated: 0 })
      expect(await result).toBe('result')
    })
  })
})

describe('shutdown triggers', () => {
  it('run before, during and after all else, in each phase the last registered first', async () => {
    const order: string[] = []
    const note = (what: string) => async (): Promise<void> => {
      await aWhile()
      order.push(what)
    }
    for (const phase of ['after', 'before', 'during'] as const) {
      reactor.onShutdown(phase, note(`${phase}, registered first`))
      reactor.onShutdown(phase, note(`${phase}, registered last`))
    }
    reactor.expose('svc', { hang: () => new Observable(() => () => order.push('unsubscribed')) })
    reactor.shutdown$.subscribe(() => order.push('shutdown$'))
    const pool = createdPool()
    pool.on('close', () => order.push('closed'))
    const outcome = pool.run(undefined, { name: 'waits' })
    await started(1)
    await reactor.stop({ grace: 1 })
    order.push('stopped')
    expect(order).toEqual([
      'before, registered last',
      'before, registered first',
      'unsubscribed',
      'shutdown$',
      'during, registered last',
      'during, registered first',
      'closed',
      'after, registered last',
      'after, registered first',
      'stopped',
    ])
    expect(await outcome).toEqual(STOPPED)
  })

  it('before: find that all still works: calls, tasks, services and pools, old and new', async () => {
    const answers = new Subject()
    reactor.expose('svc', { answer: () => answers, echo: (value: unknown) => value })
    const [late, called] = [door(), door()]
    const input: Beside = { way: 'blocking', door: late.word, called: called.word }
    const pool = createdPool({ maxThreads: 2 })
    const outcomes = pool.run(input, { name: 'callsBeside' })
    await started(1)
    const seen: unknown[] = []
    reactor.onShutdown('before', async () => {
      seen.push(
        reactor.state,
        reactor.pending().map((row) => row.function),
      )
      seen.push(await local.echo('new').asPromise())
      reactor.expose('new', { echo: (value: unknown) => value })
      seen.push(await createdPool().run('new', { name: 'echoes' }), await pool.run('new', { name: 'echoes' }))
      seen.push(await attachedPool().run('new', { name: 'echoes' }))
      late.open()
      await until(() => called.isOpen)
      answers.next('in time')
      seen.push(await outcomes)
    })
    const seenThen: number[] = []
    reactor.shutdown$.subscribe(() => seenThen.push(seen.length))
    expect(await reactor.stop()).toMatchObject({ interrupted: 0, rejected: 0 })
    const news = Array(4).fill('new')
    expect(seen).toEqual([
      'stopping',
      ['svc.answer'],
      ...news,
      { made: { value: 'blocking' }, held: { value: 'in time' } },
    ])
    expect(seenThen).toEqual([seen.length])
  })

  it('before: leave the grace to the calls', async () => {
    const answers = new Subject()
    reactor.expose('svc', { answer: () => answers })
    const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
    await started(1)
    const ready = new Deferred()
    reactor.onShutdown('before', () => aWhile().then(ready.resolve))
    const report = reactor.stop({ grace: LONG })
    await ready.promise
    await aWhile()
    answers.next('in time')
    expect(await outcome).toEqual({ value: 'in time' })
    expect(await report).toMatchObject({ interrupted: 0 })
  })

  it('during: find no call, and the threads of the pools awake and alive', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = createdPool()
    const [outcome, result] = [pool.run(undefined, { name: 'waits' }), resultOf(attachedWorker('waits'))]
    await started(2)
    const seen: unknown[] = []
    reactor.onShutdown('during', async () => {
      seen.push(reactor.pending(), await outcome, await result)
      await aWhile()
      seen.push(pool.threads.length)
    })
    expect(await reactor.stop()).toMatchObject({ drained: 1 })
    expect(seen).toEqual([[], STOPPED, STOPPED, 1])
  })

  it.each(kinds)('after: find a pool %s closed', async (_, makePool) => {
    const pool = makePool({ minThreads: 2, maxThreads: 2 })
    const seen: unknown[] = []
    pool.on('close', () => seen.push('closed'))
    reactor.onShutdown('after', () => seen.push(pool.threads.length))
    await reactor.stop()
    expect(seen).toEqual(['closed', 0])
  })

  it.each(phases)('%s: may fail; they are logged with their phase, and all else goes on', async (phase) => {
    reactor.expose('svc', { hang: () => NEVER })
    const outcome = createdPool().run(undefined, { name: 'waits' })
    await started(1)
    const ran: string[] = []
    reactor.onShutdown(phase, () => void ran.push('the next one'))
    reactor.onShutdown(phase, () => NEVER, { timeout: 1 })
    reactor.onShutdown(phase, () => Promise.reject(new Error('refused')))
    reactor.onShutdown(phase, () => {
      throw new Error('thrown')
    })
    expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 1, terminated: 0 })
    expect(await outcome).toEqual(STOPPED)
    expect(ran).toEqual(['the next one'])
    const failed = { level: 'warn', message: expect.stringContaining(`'${phase}'`), details: expect.any(Object) }
    expect(log.lines).toEqual([failed, failed, failed])
  })

  const askers: readonly (readonly [when: string, ask: () => unknown])[] = [
    ['at once', () => reactor.stop()],
    [
      'behind an await',
      async () => {
        await sleep(1)
        await reactor.stop()
      },
    ],
    ['in an Observable', () => defer(() => reactor.stop())],
    ['by a listener of its own', () => new Promise((_, reject) => setTimeout(() => reactor.stop().catch(reject), 1))],
  ]
  describe.each(askers)('that wait for the stop itself, %s,', (_, ask) => {
    it.each(phases)('are told so, and skipped: %s', async (phase) => {
      reactor.expose('svc', { hang: () => NEVER })
      const outcome = createdPool().run(undefined, { name: 'waits' })
      await started(1)
      reactor.onShutdown(phase, ask, { timeout: LONG })
      expect(await reactor.stop()).toMatchObject({ interrupted: 1, drained: 1 })
      expect(await outcome).toEqual(STOPPED)
      expect(log.lines).toEqual([
        expect.objectContaining({
          message: expect.stringContaining(`'${phase}'`),
          details: { err: expect.objectContaining({ name: 'ReactorThreadError' }) },
        }),
      ])
    })
  })

  it.each(phases)('that ask for the stop, and leave it at that, do no harm: %s', async (phase) => {
    reactor.onShutdown(phase, () => void reactor.stop())
    await reactor.stop()
    expect(log.lines).toEqual([])
  })

  it('that have run may ask for the stop later, as anybody', async () => {
    const asked = new Deferred<Promise<StopReport>>()
    const over = new Deferred()
    reactor.onShutdown('before', () => void over.promise.then(() => asked.resolve(reactor.stop())))
    reactor.onShutdown('during', over.resolve)
    const report = reactor.stop()
    expect(await asked.promise).toBe(await report)
  })

  it("may stop another reactor, and another one's may stop theirs", async () => {
    await using other = new Reactor({ logger: log })
    reactor.onShutdown('before', () => other.stop())
    await reactor.stop()
    expect([other.state, log.lines]).toEqual(['stopped', []])
  })

  it('are named in the log, with where they were registered', async () => {
    const fails = (): never => {
      throw new Error('on purpose')
    }
    reactor.onShutdown('before', function closeServer() {
      return fails()
    })
    reactor.onShutdown('before', () => fails())
    await reactor.stop()
    const file = 'shutdown\\.spec\\.[jt]s:\\d+:\\d+$'
    expect(log.lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(new RegExp(`onShutdown\\('before', …\\), registered at .*${file}`)),
      expect.stringMatching(new RegExp(`onShutdown\\('before', closeServer\\), registered at .*${file}`)),
    ])
  })

  it('of a later phase may be registered by those of an earlier one', async () => {
    const ran: string[] = []
    reactor.onShutdown('before', () => {
      reactor.onShutdown('during', () => {
        ran.push('during')
        reactor.onShutdown('after', () => ran.push('after'))
      })
    })
    await reactor.stop()
    expect(ran).toEqual(['during', 'after'])
  })

  it('of a phase that is over are refused', async () => {
    const refused: unknown[] = []
    const tooLate = (phase: ShutdownPhase) => (): void => {
      try {
        reactor.onShutdown(phase, () => refused.push('ran'))
      } catch (error) {
        refused.push(error)
      }
    }
    reactor.onShutdown('before', () => undefined)
    reactor.onShutdown('during', tooLate('before'))
    reactor.onShutdown('after', tooLate('during'))
    await reactor.stop()
    tooLate('after')()
    const stopped = (phase: ShutdownPhase): unknown =>
      expect.objectContaining({ name: 'ReactorStopped', message: expect.stringContaining(`'${phase}'`) })
    expect(refused).toEqual([stopped('before'), stopped('during'), stopped('after')])
  })

  it('do not run once they are disposed of', async () => {
    const ran: string[] = []
    reactor.onShutdown('during', () => ran.push('kept'))
    const disposed = reactor.onShutdown('during', () => ran.push('disposed'))
    disposed[Symbol.dispose]()
    disposed[Symbol.dispose]()
    await reactor.stop()
    expect(ran).toEqual(['kept'])
  })

  it('with wrong arguments are refused, and nothing stops', async () => {
    const register =
      (...args: unknown[]) =>
      (): unknown =>
        Reflect.apply(reactor.onShutdown, reactor, args)
    expect(register('later', () => 1)).toThrow(TypeError)
    expect(register('before')).toThrow(TypeError)
    expect(register('before', () => 1, { timeout: -1 })).toThrow(RangeError)
    reactor.expose('svc', { echo: (value: unknown) => value })
    expect(await local.echo('alive').asPromise()).toBe('alive')
  })
})

describe('the report of a stop', () => {
  it('counts as interrupted just those calls that ended with ReactorStopped', async () => {
    const answers = new Subject()
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value, answer: () => answers })
    const busy = door()
    const waiting = createdPool().run('value', { name: 'waitsWithAnAnswer' })
    const promised = createdPool().run(5, { name: 'awaits' })
    const cancelled = createdPool().run({ door: busy.word, death: 'cancel' } satisfies Held, { name: 'holds' })
    const finishing = createdPool().run('blocking', { name: 'awaitsAnswer' })
    const own = [local.hang(), local.hang()].map((one) => failureOf(one.asPromise()))
    const givenUp = local.hang()
    await until(() => answers.observed)
    await started(11)
    givenUp.cancel()
    busy.open()
    await cancelled
    const report = reactor.stop({ grace: SHORT })
    answers.next('in time')
    expect(await finishing).toEqual({ value: 'in time' })
    expect(await waiting).toEqual({ answered: { value: 'value' }, waited: STOPPED })
    expect(await promised).toEqual(Array(5).fill(STOPPED))
    expect(await Promise.all(own)).toEqual(Array(2).fill(expect.any(ReactorStopped)))
    expect(await report).toMatchObject({ interrupted: 8, drained: 4, terminated: 0 })
  })

  it('counts calls that were still to be read, but not those that their thread has given up', async () => {
    const sent = door()
    let report: Promise<StopReport> | undefined
    let ran = 0
    reactor.expose('svc', {
      echo: (value: unknown) => value,
      hang: () => {
        ran += 1
        return NEVER
      },
      block: () => {
        sent.pass()
        report = reactor.stop()
      },
    })
    const outcomes: Outcome[] = await createdPool().run(sent.word, { name: 'cancelsUnread' })
    expect(outcomes).toEqual([STOPPED, STOPPED, STOPPED, { failure: 'CancelledError', message: expect.any(String) }])
    expect(await report).toMatchObject({ interrupted: 3 })
    expect(ran).toBe(0)
  })

  it('counts a thousand calls that were still to be read', async () => {
    const sent = door()
    let report: Promise<StopReport> | undefined
    const ran: unknown[] = []
    reactor.expose('svc', {
      echo: (value: unknown) => ran.push(value),
      block: () => {
        sent.pass()
        report = reactor.stop()
      },
    })
    const failure = failureOf(createdPool().run({ count: 1_000, sent: sent.word } satisfies Flood, { name: 'floods' }))
    expect(String(await failure)).toContain('The reactor has stopped')
    // Among them the one that stopped the reactor.
    expect(await report).toMatchObject({ interrupted: 1_001 })
    expect(ran).toEqual(['connected'])
  })

  it('counts no call of a thread that has ended', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const worker = attachedWorker('waits')
    await started(1)
    await worker.terminate()
    await until(() => reactor.pending().length === 0)
    expect(await reactor.stop()).toMatchObject({ interrupted: 0 })
  })

  it('adds up the threads of all pools', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const created = createdPool({ minThreads: 2, maxThreads: 2 })
    const attached = attachedPool({ minThreads: 3, maxThreads: 3 })
    const failures = [created, attached].map((pool) => failureOf(pool.run(undefined, { name: 'neverUnwinds' })))
    const outcome = attached.run(undefined, { name: 'waits' })
    await until(() => [created, attached].every((pool) => pool.threads.length - pool.idleThreads > 0))
    await started(3)
    expect(await reactor.stop({ drainTimeout: 500 })).toMatchObject({ interrupted: 3, drained: 3, terminated: 2 })
    expect(await outcome).toEqual(STOPPED)
    await Promise.all(failures)
  })

  it('measures from stop() to the end of the last trigger', async () => {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
    let begun = 0
    let shortest = Number.POSITIVE_INFINITY
    // Registered first, so it is the last to run.
    reactor.onShutdown('after', () => {
      shortest = performance.now() - begun
    })
    for (const phase of phases) reactor.onShutdown(phase, pause)
    const start = performance.now()
    const stopped = reactor.stop()
    begun = performance.now()
    const { durationMs } = await stopped
    expect(durationMs).toBeGreaterThan(shortest)
    expect(durationMs).toBeLessThanOrEqual(performance.now() - start)
  })
})

describe('a stop with a grace, asked for from within,', () => {
  const stop = (): void => void reactor.stop({ grace: LONG })

  it.each<[string, () => unknown]>([
    [
      'a value',
      () => {
        stop()
        return 'value'
      },
    ],
    [
      'a promise',
      async () => {
        stop()
        await aWhile()
        return 'value'
      },
    ],
    [
      'an Observable',
      () =>
        defer(async () => {
          stop()
          await aWhile()
          return 'value'
        }),
    ],
    [
      'an Observable that emits at once',
      () =>
        new Observable((subscriber) => {
          stop()
          subscriber.next('value')
        }),
    ],
  ])('lets a function that returns %s give it to its thread', async (_, answer) => {
    reactor.expose('svc', { answer })
    // It is not waited for, but what is gives it the time.
    const held = new Subject()
    reactor.expose('other', { held: () => held })
    const other = eventual<{ held(): unknown }>('other').held()
    expect(await createdPool().run('blocking', { name: 'awaitsAnswer' })).toEqual({ value: 'value' })
    held.next('held')
    expect(await other.asPromise()).toBe('held')
    expect(await reactor.stop()).toMatchObject({ interrupted: 0, drained: 1, terminated: 0 })
  })

  it('lets a function that throws then give its failure to its thread', async () => {
    const answer = (): never => {
      stop()
      throw new RangeError('behind stop()')
    }
    reactor.expose('svc', { answer })
    const outcome = await createdPool().run('blocking', { name: 'awaitsAnswer' })
    expect(outcome).toEqual({ failure: 'RangeError', message: 'behind stop()' })
    expect(await reactor.stop()).toMatchObject({ interrupted: 0 })
  })

  it.each(threads)('is not held up by the call of %s that asked for it, and the process goes on', async (_, run) => {
    const answer = (): Promise<StopReport> => reactor.stop({ grace: Number.POSITIVE_INFINITY })
    reactor.expose('svc', { answer })
    expect(await run('awaitsAnswer', 'wait')).toEqual(STOPPED)
    expect(await reactor.stop()).toMatchObject({ interrupted: 1 })
    await replace()
    reactor.expose('svc', { echo: (value: unknown) => value })
    expect(await createdPool().run('again', { name: 'echoes' })).toBe('again')
  })

  it('lets other calls finish when a teardown asked for it', async () => {
    const answers = new Subject()
    reactor.expose('svc', { hang: () => new Observable(() => stop), answer: () => answers })
    const outcome = createdPool().run('blocking', { name: 'awaitsAnswer' })
    const own = local.hang()
    await started(2)
    own.cancel()
    await aWhile()
    answers.next('in time')
    expect(await outcome).toEqual({ value: 'in time' })
    expect(await reactor.stop()).toMatchObject({ interrupted: 0 })
  })

  it('is the one under way already, when a subscriber of shutdown$ asks', async () => {
    const asked: unknown[] = []
    reactor.shutdown$.subscribe(() => asked.push(reactor.stop({ grace: LONG })))
    reactor.expose('svc', { hang: () => NEVER })
    const outcome = createdPool().run(undefined, { name: 'waits' })
    await started(1)
    const stopped = reactor.stop()
    expect(await outcome).toEqual(STOPPED)
    await stopped
    expect(asked.map((one) => one === stopped)).toEqual([true])
  })
})

describe('a stop of pools', () => {
  beforeEach(() => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
  })

  it('of several kinds, and of Workers, wakes all of them', async () => {
    const late = door()
    const input: Unwinding = { door: late.word, result: 'awake' }
    const results = [
      createdPool({ minThreads: 2, maxThreads: 2 }).run(input, { name: 'unwinds' }),
      createdPool().run(input, { name: 'unwinds' }),
      attachedPool().run(input, { name: 'unwinds' }),
      resultOf(attachedWorker('unwinds', input)),
      resultOf(attachedWorker('unwinds', input)),
    ]
    await started(5)
    const report = reactor.stop({ grace: SHORT, drainTimeout: LONG })
    await firstValueFrom(reactor.shutdown$)
    late.open()
    expect(await Promise.all(results)).toEqual(Array(5).fill('awake'))
    expect(await report).toMatchObject({ interrupted: 5, drained: 4, terminated: 0 })
    expect(log.lines).toEqual([])
  })

  it.each([
    ['a task', {}],
    ['an abortable task', { signal: new AbortController().signal }],
  ])('of createPool() rejects %s of the queue with why it did not run', async (_, options) => {
    const pool = createdPool()
    const running = pool.run(undefined, { name: 'waits' })
    const failures = [1, 2, 3].map((value) => failureOf(pool.run(value, { name: 'doubles', ...options })))
    await started(1)
    await reactor.stop()
    for (const failure of await Promise.all(failures)) {
      expect(failure).toBeInstanceOf(ReactorStopped)
      expect(failure).toMatchObject({
        message: expect.stringContaining('still in the queue'),
        cause: expect.objectContaining({ name: 'AbortError' }),
      })
    }
    expect(await running).toEqual(STOPPED)
  })

  it('of createPool() rejects a task that is given to one while it drains, or afterwards', async () => {
    const pool = createdPool()
    const busy = door()
    const running = pool.run({ door: busy.word, result: 'result' } satisfies Unwinding, { name: 'unwinds' })
    await started(1)
    const report = reactor.stop()
    await aWhile()
    const meanwhile = failureOf(pool.run(1, { name: 'doubles' }))
    const abortable = failureOf(pool.run(1, { name: 'doubles', signal: new AbortController().signal }))
    busy.open()
    expect(await running).toBe('result')
    await report
    const afterwards = failureOf(pool.run(1, { name: 'doubles' }))
    for (const failure of await Promise.all([meanwhile, abortable, afterwards])) {
      expect(failure).toBeInstanceOf(ReactorStopped)
      expect(failure).toMatchObject({ message: expect.stringContaining('did not run') })
    }
    expect(pool.threads).toEqual([])
  })

  it('of createPool() tells of a task that never ended that its thread was terminated, and why', async () => {
    const failure = failureOf(createdPool().run(undefined, { name: 'neverUnwinds' }))
    await started(1)
    expect(await reactor.stop({ drainTimeout: 1 })).toMatchObject({ drained: 0, terminated: 1 })
    expect(await failure).toBeInstanceOf(ReactorStopped)
    expect(await failure).toMatchObject({
      message: expect.stringContaining('drainTimeout'),
      cause: expect.objectContaining({ message: 'Terminating worker thread' }),
    })
    expect(log.lines).toEqual([
      { level: 'warn', message: expect.stringMatching(/terminated 1 .*drainTimeout/), details: expect.any(Object) },
    ])
  })

  it.each(kinds)("%s hands on a task's own failure as it is", async (_, makePool) => {
    const failure = failureOf(makePool().run(undefined, { name: 'failsAfterWaiting' }))
    await started(1)
    expect(await reactor.stop()).toMatchObject({ drained: 1, terminated: 0 })
    expect(await failure).toMatchObject({ name: 'RangeError', message: 'its own' })
    expect(failure).not.toHaveProperty('cause')
  })

  it.each(kinds)('%s hands on that the application aborted a task', async (_, makePool) => {
    const controller = new AbortController()
    const input: Unwinding = { door: door().word, result: 'result' }
    const failure = failureOf(makePool().run(input, { name: 'unwinds', signal: controller.signal }))
    await started(1)
    const report = reactor.stop({ drainTimeout: LONG })
    await aWhile()
    controller.abort('enough')
    expect(await failure).toMatchObject({ name: 'AbortError', cause: 'enough' })
    expect(await report).toMatchObject({ terminated: 0 })
  })

  describe.each(kinds)('%s', (_, makePool) => {
    const ends = ['close', 'destroy'] as const

    it.each(ends)('gets along with an application that has ended one before: %s', async (end) => {
      const pool = makePool()
      await pool.run(1, { name: 'echoes' })
      await pool[end]()
      expect(await reactor.stop()).toMatchObject({ interrupted: 0, drained: 0, terminated: 0 })
    })

    it.each(ends)('gets along with an application that ends one in the grace: %s', async (end) => {
      const pool = makePool()
      const task = pool.run(undefined, { name: 'waits' }).catch((error: Error) => error.message)
      await started(1)
      const report = reactor.stop({ grace: SHORT })
      await Promise.all([report, pool[end]()])
      expect(await task).toEqual(end === 'close' ? STOPPED : expect.stringMatching(/terminat/i))
      expect(await report).toMatchObject({ terminated: 0 })
    })

    it.each(ends)('gets along with an application that ends one while it drains: %s', async (end) => {
      const pool = makePool()
      const busy = door()
      const input: Unwinding = { door: busy.word, result: 'result' }
      const task = pool.run(input, { name: 'unwinds' }).catch(() => 'terminated')
      await started(1)
      const report = reactor.stop({ drainTimeout: LONG })
      await aWhile()
      const ended = pool[end]()
      if (end === 'close') busy.open()
      expect(await task).toBe(end === 'close' ? 'result' : 'terminated')
      await ended
      expect(await report).toMatchObject({ terminated: 0 })
    })

    it.each(ends)('gets along with an application that ends one afterwards: %s', async (end) => {
      const pool = makePool()
      await pool.run(1, { name: 'echoes' })
      await reactor.stop()
      await pool[end]()
      expect(pool.threads).toEqual([])
    })

    it('leaves errors of the pool to the application: thrown where nobody listens, or emitted', () => {
      const pool = makePool()
      expect(() => pool.emit('error', new Error('nobody listens'))).toThrow('nobody listens')
      const heard: unknown[] = []
      pool.on('error', ({ message }: Error) => heard.push(message))
      pool.emit('error', new Error('somebody listens'))
      expect(heard).toEqual(['somebody listens'])
    })
  })
})

describe('a pool that the application closes while threads sleep in calls', () => {
  const TIMED_OUT = 'Close operation timed out'
  const WARNED = expect.stringMatching(/sleep in calls \(.*svc\..*call stop\(\) of the reactor instead/)

  beforeEach(() => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
  })

  /** What happens to a pool, in order. */
  function watch(pool: Piscina): string[] {
    const events: string[] = []
    log.warn = (_, message) => void events.push(message)
    pool.on('error', (error: Error) => events.push(error.message))
    return events
  }

  it('is warned of while there is time left, if it is one of createPool()', async () => {
    const answers = new Subject()
    await replace()
    reactor.expose('svc', { answer: () => answers })
    const pool = createdPool({ closeTimeout: 1_000 })
    const events = watch(pool)
    const outcome = pool.run('blocking', { name: 'awaitsAnswer' })
    await started(1)
    const closed = pool.close()
    await until(() => events.length > 0)
    answers.next('in time')
    await closed
    expect(await outcome).toEqual({ value: 'in time' })
    expect(events).toEqual([WARNED])
  })

  it('is warned of soon, however much time it has, and can be stopped then', async () => {
    const pool = createdPool({ closeTimeout: LONG })
    const events = watch(pool)
    const outcome = pool.run(undefined, { name: 'waits' })
    await started(1)
    const closed = pool.close()
    await until(() => events.length > 0)
    expect(events).toEqual([WARNED])
    await reactor.stop()
    await closed
    expect(await outcome).toEqual(STOPPED)
  })

  it('is warned of when its time has passed, if it was attached', async () => {
    const pool = attachedPool({ closeTimeout: 50 })
    const events = watch(pool)
    const failure = failureOf(pool.run(undefined, { name: 'waits' }))
    await started(1)
    await pool.close()
    await failure
    expect(events).toEqual([WARNED, TIMED_OUT])
  })

  it.each(kinds)('throws where nobody listens for its errors, as Piscina has it: one %s', async (_, makePool) => {
    const pool = makePool({ closeTimeout: 50 })
    const failure = failureOf(pool.run(undefined, { name: 'waits' }))
    await started(1)
    await expect(pool.close()).rejects.toThrow(TIMED_OUT)
    await failure
  })

  it.each(kinds)('is not warned of when it is busy with something else: one %s', async (_, makePool) => {
    const pool = makePool({ closeTimeout: 50 })
    const events = watch(pool)
    const begun = door()
    await pool.run(1, { name: 'echoes' })
    const input: Passing = { started: begun.word, door: door().word }
    const failure = failureOf(pool.run(input, { name: 'passes' }))
    await until(() => begun.isOpen)
    await pool.close()
    await failure
    expect(events).toEqual([TIMED_OUT])
  })

  it.each(kinds)('is not warned of when these end soon: one %s', async (_, makePool) => {
    const answers = new Subject()
    await replace()
    reactor.expose('svc', { answer: () => answers })
    const pool = makePool()
    const events = watch(pool)
    const outcome = pool.run('blocking', { name: 'awaitsAnswer' })
    await started(1)
    const closed = pool.close()
    answers.next('in time')
    expect(await outcome).toEqual({ value: 'in time' })
    await closed
    await reactor.stop()
    expect(events).toEqual([])
  })
})

describe('another reactor', () => {
  const named = (name: string) => ({ echo: (): string => name })

  describe.each(ways)('takes the calls of a Worker whose reactor has stopped (%s):', (way) => {
    it('one that had called it', async () => {
      reactor.expose('svc', named('first'))
      const { worker, calls, ends } = caller(way, 3)
      reactor.attach(worker)
      await calls[0]?.()
      await replace()
      reactor.expose('svc', named('second'))
      reactor.attach(worker)
      await calls[1]?.()
      await calls[2]?.()
      expect(await ends).toEqual([{ value: 'first' }, { value: 'second' }, { value: 'second' }])
    })

    it('one that had not', async () => {
      const { worker, calls, ends } = caller(way, 1)
      reactor.attach(worker)
      await replace()
      reactor.expose('svc', named('second'))
      reactor.attach(worker)
      await calls[0]?.()
      expect(await ends).toEqual([{ value: 'second' }])
    })

    it('one that had called it, and had ReactorStopped in between', async () => {
      reactor.expose('svc', named('first'))
      const { worker, calls, ends } = caller(way, 3)
      reactor.attach(worker)
      await calls[0]?.()
      await replace()
      await calls[1]?.()
      reactor.expose('svc', named('second'))
      reactor.attach(worker)
      await calls[2]?.()
      expect(await ends).toEqual([{ value: 'first' }, STOPPED, { value: 'second' }])
    })

    it('one that had nothing but ReactorStopped', async () => {
      const { worker, calls, ends } = caller(way, 3)
      reactor.attach(worker)
      await reactor.stop()
      await calls[0]?.()
      await calls[1]?.()
      await replace()
      reactor.expose('svc', named('second'))
      reactor.attach(worker)
      await calls[2]?.()
      expect(await ends).toEqual([STOPPED, STOPPED, { value: 'second' }])
    })

    it('one of several that stopped one after the other', async () => {
      const { worker, calls, ends } = caller(way, 4)
      for (const [index, call] of calls.entries()) {
        await replace()
        reactor.expose('svc', named(String(index)))
        reactor.attach(worker)
        await call()
      }
      expect(await ends).toEqual(['0', '1', '2', '3'].map((value) => ({ value })))
    })
  })

  it('may have a Worker as soon as its calls are interrupted', async () => {
    reactor.expose('svc', { hang: () => NEVER, ...named('first') })
    const worker = attachedWorker('callsAfterWaiting', 'blocking')
    const ends = resultOf(worker)
    await started(1)
    const stopped = reactor.stop()
    await using next = new Reactor({ logger: log })
    next.expose('svc', named('second'))
    next.attach(worker)
    // The thread may have made its second call before.
    const called = expect.toSatisfy((end) => end.value === 'second' || end.failure === 'ReactorStopped')
    expect(await ends).toEqual({ waited: STOPPED, called })
    await stopped
  })

  it('takes the calls of a pool whose reactor has stopped', async () => {
    reactor.expose('svc', named('first'))
    const pool = attachedPool()
    const before = await pool.run('', { name: 'echoes' })
    await replace()
    reactor.expose('svc', named('second'))
    reactor.attach(pool)
    expect([before, await pool.run('', { name: 'echoes' })]).toEqual(['first', 'second'])
    expect(await reactor.stop()).toMatchObject({ drained: 1 })
  })
})

describe('after a stop no listener of ours is left', () => {
  const listeners = (emitter: Pick<Worker, 'eventNames' | 'listenerCount'>): object =>
    Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]))

  it('on a pool that was attached', async () => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const pool = newPool()
    const before = listeners(pool)
    reactor.attach(pool)
    expect(listeners(pool)).not.toEqual(before)
    await pool.run('value', { name: 'echoes' })
    await reactor.stop()
    expect(listeners(pool)).toEqual(before)
  })

  it('on a pool of createPool()', async () => {
    const pool = createdPool()
    await pool.run(1, { name: 'doubles' })
    await reactor.stop()
    expect(listeners(pool)).toEqual(listeners(newPool()))
  })

  it('on a pool that was attached, and had a task in its queue and a thread that was terminated', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = newPool()
    const before = listeners(pool)
    reactor.attach(pool)
    const failures = [1, 2].map(() => failureOf(pool.run(undefined, { name: 'neverUnwinds' })))
    await started(1)
    expect(await reactor.stop({ drainTimeout: 1 })).toMatchObject({ terminated: 1 })
    await Promise.all(failures)
    expect(listeners(pool)).toEqual(before)
  })

  it('on a Worker that had called', async () => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const { worker, calls } = caller('blocking', 2)
    const before = listeners(worker)
    reactor.attach(worker)
    await calls[0]?.()
    await reactor.stop()
    expect(listeners(worker)).toEqual(before)
  })

  it('on a Worker that called only then', async () => {
    const { worker, calls } = caller('blocking', 2)
    const before = listeners(worker)
    reactor.attach(worker)
    await reactor.stop()
    await calls[0]?.()
    expect(listeners(worker)).toEqual(before)
  })
})

describe('even at its edges, a stop', () => {
  beforeEach(() => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value, answer: () => 42 })
  })

  it('refuses a trigger of the phase `before` when it has begun, also if there was none', async () => {
    await reactor.stop()
    expect(() => reactor.onShutdown('before', () => 1)).toThrow(ReactorStopped)
  })

  it('loses no trigger that is registered in the grace', async () => {
    const pool = createdPool()
    void failureOf(pool.run(undefined, { name: 'waits' }))
    await started(1)
    const report = reactor.stop({ grace: 50 })
    let ran = false
    let refused = false
    try {
      reactor.onShutdown('before', () => {
        ran = true
      })
    } catch {
      refused = true
    }
    await report
    expect(ran || refused).toBe(true)
  })

  it.each([
    ['a task', {}],
    ['an abortable task', { signal: new AbortController().signal }],
  ])('tells %s of the queue that it was in the queue, also when a thread is terminated', async (_, options) => {
    const pool = createdPool()
    const failures = [
      failureOf(pool.run(undefined, { name: 'neverUnwinds' })),
      failureOf(pool.run(1, { name: 'doubles', ...options })),
    ]
    await started(1)
    await reactor.stop({ drainTimeout: 50 })
    expect(await failures[0]).toMatchObject({ message: expect.stringContaining('still running') })
    expect(await failures[1]).toMatchObject({ message: expect.stringContaining('still in the queue') })
  })

  it.each(kinds)(
    'counts threads that came to rest, though they idle for longer than `idleTimeout`: of a pool %s',
    async (_, makePool) => {
      const pool = makePool({ minThreads: 1, maxThreads: 3 })
      const busy = [door(), door(), door()]
      const results = busy.map(({ word }, result) => pool.run({ door: word, result }, { name: 'unwinds' }))
      await started(3)
      const report = reactor.stop()
      for (const [index, one] of busy.entries()) {
        one.open()
        await results[index]
        await aWhile()
      }
      expect(await report).toMatchObject({ interrupted: 3, drained: 3, terminated: 0 })
    },
  )

  it('counts a thread as terminated that the close() of an attached pool with a queue has cut off', async () => {
    const pool = attachedPool({ minThreads: 2, maxThreads: 2 })
    const busy = [door(), door()]
    const results = busy.map(({ word }, result) => pool.run({ door: word, result }, { name: 'unwinds' }))
    const ends = Promise.allSettled([...results, pool.run(1, { name: 'doubles' })])
    await started(2)
    const close = vi.spyOn(pool, 'close')
    const report = reactor.stop()
    // Before that the thread would be given the task of the queue.
    await until(() => close.mock.calls.length > 0)
    busy[0]?.open()
    const { drained, terminated } = await report
    expect((await ends).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect({ drained, terminated }).toEqual({ drained: 1, terminated: 1 })
  })

  it('never hangs the loop: when the application closes a pool with a queue, and a task is aborted', async () => {
    const pool = createdPool({ minThreads: 1, maxThreads: 2 })
    const controller = new AbortController()
    const tasks = [
      pool.run(undefined, { name: 'waits' }),
      pool.run(undefined, { name: 'waits', signal: controller.signal }),
    ]
    await started(2)
    tasks.push(pool.run(1, { name: 'doubles' }))
    const ends = Promise.allSettled(tasks)
    const closed = pool.close()
    controller.abort()
    await reactor.stop()
    await ends
    await closed
  })

  it('leaves the closeTimeout of an attached pool as it was', async () => {
    const pool = attachedPool({ closeTimeout: 12_345 })
    const ends = Promise.allSettled([1, 2].map(() => pool.run(undefined, { name: 'waits' })))
    await started(1)
    await reactor.stop()
    await ends
    expect(pool.options.closeTimeout).toBe(12_345)
  })

  it('starts no thread while it drains, and rests when its tasks have ended', async () => {
    const pool = createdPool({ minThreads: 1, maxThreads: 2 })
    const busy = [door(), door()]
    const results = busy.map(({ word }, result) => pool.run({ door: word, result }, { name: 'unwinds' }))
    await started(2)
    const queued = failureOf(pool.run(1, { name: 'doubles' }))
    let created = 0
    const report = reactor.stop({ drainTimeout: 2_000 })
    pool.on('workerCreate', () => {
      created += 1
    })
    for (const [index, one] of busy.entries()) {
      one.open()
      await results[index]
      await aWhile()
    }
    const { drained, terminated } = await report
    await queued
    expect({ created, drained, terminated }).toEqual({ created: 0, drained: 2, terminated: 0 })
  })

  it('counts the calls of a Worker that ends as soon as it wakes', async () => {
    const slow = (): void => {
      const end = performance.now() + 20
      while (performance.now() < end);
    }
    await replace()
    reactor.expose('svc', { hang: () => new Observable(() => slow) })
    const outcomes = createdPool().run(20, { name: 'waitsForLastOf' })
    await started(20)
    const outcome = resultOf(attachedWorker('waits'))
    await started(21)
    const report = reactor.stop()
    expect([await outcome, ...(await outcomes)]).toEqual(Array(21).fill(STOPPED))
    expect(await report).toMatchObject({ interrupted: 21 })
  })

  it('warns once of a close', async () => {
    const pool = createdPool({ closeTimeout: 100 })
    pool.on('error', () => undefined)
    const failure = failureOf(pool.run(undefined, { name: 'waits' }))
    await started(1)
    await pool.close()
    await failure
    expect(log.lines).toHaveLength(1)
  })
})
