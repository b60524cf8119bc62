import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import {
  CancelledError,
  canWait,
  currentCall,
  type EventualResult,
  eventual,
  Failure,
  Reactor,
  type ReactorOptions,
  TimeoutError,
} from 'rx-crochet'
import { EMPTY, finalize, map, NEVER, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type * as worker from '../fixtures/eventual-result-worker.js'
import { newFlag, raise, raised } from '../fixtures/flag.js'
import type { IdleWorkerData } from '../fixtures/idle-worker.js'
import { nested } from '../fixtures/nested.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { SharedPool } from '../fixtures/shared-pool.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/eventual-result-worker.js', import.meta.url).href
const sharedPool = new SharedPool({ filename })

let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>
/** Ends all calls of `later`. */
let released: Subject<void>
/** How many calls of `later` and `never` were torn down. */
let teardowns: number

beforeEach(() => start())
afterEach(stop)
afterAll(() => sharedPool.close())

/** Starts a reactor, which the thread calls. */
function start(options: ReactorOptions = {}): void {
  log = new RecordedLog()
  reactor = new Reactor({ logger: log, ...options })
  run = tasksOf<typeof worker>(sharedPool.attachTo(reactor))
}

/** Stops the reactor, and leaves the thread to the next one. */
async function stop(): Promise<void> {
  await sharedPool.release()
  await reactor.stop()
}

/** Gives the reactor a thread that no other test is to have, for what the test does to it. */
async function startOwnThread(): Promise<void> {
  await sharedPool.release()
  run = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1 }))
}

/** Exposes the service that the thread's tasks call; `end` is what `now` does at once, and `later` when it is released. */
function expose(end: () => unknown = () => 'value'): void {
  released = new Subject()
  teardowns = 0
  const tornDown = finalize(() => {
    teardowns += 1
  })
  reactor.expose('service', {
    later: () => released.pipe(map(end), tornDown),
    settleLater: () => released.next(),
    now: end,
    never: () => NEVER.pipe(tornDown),
  })
}

function exposeFailing(): void {
  expose(() => {
    throw new RangeError('out of range')
  })
}

/** The thread sleeps on a call. */
function asleep(): Promise<void> {
  return until(() => reactor.pending().some(({ waiting }) => waiting))
}

/** The thread sleeps on a call of `later`, which has been subscribed: a call is pending before its turn comes. */
async function asleepOnLater(): Promise<void> {
  await until(() => released.observed)
  await asleep()
}

/** The reactor has read all that the thread has sent so far. */
async function caughtUp(): Promise<void> {
  await run('roundTrip', undefined)
}

/** Has the thread look at the result of `later`, once the outcome has been sent; it makes no call meanwhile. */
async function lookAt(at: 'wait' | 'settled' | 'originalFailure') {
  const flag = newFlag()
  const ended = run('lookWhenTold', { flag, at })
  await until(() => released.observed)
  released.next()
  raise(flag)
  return ended
}

describe('wait()', () => {
  it('of 0 ms finds an outcome that has come without anybody waiting', async () => {
    expose()
    expect(await lookAt('wait')).toStrictEqual({ returned: 'value' })
  })

  it.each([0, 10_000, Number.POSITIVE_INFINITY])(
    'returns a value that is there already, for %d ms',
    async (timeout) => {
      expose()
      expect(await run('waitForOutcomeThatIsThere', timeout)).toStrictEqual({ returned: 'value' })
    },
  )

  it.each([0, 10_000, Number.POSITIVE_INFINITY])(
    'throws a failure that is there already, for %d ms',
    async (timeout) => {
      exposeFailing()
      expect(await run('waitForOutcomeThatIsThere', timeout)).toMatchObject({ threw: { class: 'RangeError' } })
    },
  )

  it.each([10_000, 2 ** 31, Number.POSITIVE_INFINITY])(
    'returns a value that comes while the thread sleeps, for %d ms',
    async (timeout) => {
      expose()
      const ended = run('waitForLater', timeout)
      await asleepOnLater()
      released.next()
      expect(await ended).toStrictEqual({ returned: 'value' })
    },
  )

  it('throws a failure that comes while the thread sleeps', async () => {
    exposeFailing()
    const ended = run('waitForLater', 10_000)
    await asleepOnLater()
    released.next()
    expect(await ended).toMatchObject({ threw: { class: 'RangeError', message: 'out of range' } })
  })

  it.each([0, 0.5, 1])(
    'throws TimeoutError, which names the call, if there is no outcome within %d ms',
    async (timeout) => {
      expose()
      expect(await run('waitForLater', timeout)).toMatchObject({
        threw: {
          class: 'TimeoutError',
          code: 'ERR_RX_CROCHET_TIMEOUT',
          message: expect.stringContaining(`service.later had no outcome within ${timeout} ms`),
        },
      })
    },
  )

  it.each([0, 1])('may be repeated after a timeout of %d ms, and returns the value', async (timeout) => {
    expose()
    expect(await run('waitAgainAfterTimeout', timeout)).toMatchObject({
      first: { threw: { class: 'TimeoutError' } },
      second: { returned: 'value' },
    })
  })

  it('may be repeated after a timeout, and throws the failure', async () => {
    exposeFailing()
    expect(await run('waitAgainAfterTimeout', 0)).toMatchObject({
      first: { threw: { class: 'TimeoutError' } },
      second: { threw: { class: 'RangeError' } },
    })
  })

  it('leaves the call as it is, when it times out', async () => {
    expose()
    await run('waitForLater', 1)
    await caughtUp()
    expect(reactor.pending()).toMatchObject([{ function: 'service.later', waiting: false }])
    expect(teardowns).toBe(0)
  })

  it.each([0, 10_000])('returns the same value at every later wait, for %d ms', async (timeout) => {
    let calls = 0
    expose(() => ({ calls: ++calls }))
    const same = { returned: { calls: 1 } }
    expect(await run('waitThrice', timeout)).toStrictEqual([same, same, same])
  })

  it.each<[string, () => unknown]>([
    [
      'an error',
      () => {
        throw new RangeError('out of range')
      },
    ],
    [
      'undefined',
      () => {
        throw undefined
      },
    ],
    [
      '0',
      () => {
        throw 0
      },
    ],
    ['no value', () => EMPTY],
  ])('throws the same failure at every later wait: %s', async (_, end) => {
    expose(end)
    const [first, ...others] = await run('waitThrice', 0)
    expect(first).toHaveProperty('threw')
    for (const other of others) expect(withoutStack(other)).toStrictEqual(withoutStack(first))

    function withoutStack(ended: unknown): unknown {
      return JSON.parse(JSON.stringify(ended, (key, value) => (key === 'stack' ? undefined : value)))
    }
  })

  it.each<[string, () => unknown]>([
    [
      'an error',
      () => {
        throw new Error('x', { cause: new Error('y') })
      },
    ],
    [
      'an error whose properties and cause are plain objects',
      () => {
        throw Object.assign(new Error('x', { cause: { a: 1 } }), { details: { b: 1 } })
      },
    ],
    [
      'a plain object',
      () => {
        throw { cause: {}, details: {} }
      },
    ],
    ['no value', () => EMPTY],
  ])('throws a copy of its own at each wait, which shares nothing with the others: %s', async (_, end) => {
    expose(end)
    const { errors, details, causes } = await run('compareThrown', undefined)
    // What isn't there is `undefined` for both.
    const { details: hasDetails, causes: hasCauses } = whatIsThere(end)
    expect({ errors, details, causes }).toEqual({ errors: false, details: !hasDetails, causes: !hasCauses })

    function whatIsThere(step: () => unknown): { details: boolean; causes: boolean } {
      try {
        step()
      } catch (thrown) {
        return { details: 'details' in Object(thrown), causes: 'cause' in Object(thrown) }
      }
      return { details: false, causes: false }
    }
  })

  const REFUSED: [string, unknown[], string][] = [
    ['nothing', [], 'TypeError'],
    ['undefined', [undefined], 'TypeError'],
    ['null', [null], 'TypeError'],
    ['a string', ['1000'], 'TypeError'],
    ['a bigint', [1_000n], 'TypeError'],
    ['true', [true], 'TypeError'],
    ['an object', [{ timeout: 1_000 }], 'TypeError'],
    ['an array', [[1_000]], 'TypeError'],
    ['a Date', [new Date(0)], 'TypeError'],
    ['NaN', [Number.NaN], 'RangeError'],
    ['-1', [-1], 'RangeError'],
    ['-Infinity', [Number.NEGATIVE_INFINITY], 'RangeError'],
  ]

  it.each(REFUSED)('refuses %s as a timeout, and is none the worse for it', async (_, args, expected) => {
    expose()
    expect(await run('waitWith', args)).toMatchObject({
      refused: { threw: { class: expected, message: expect.stringMatching(/service\.later.*`Infinity`/) } },
      next: { returned: 'value' },
    })
  })

  it.each(REFUSED)('refuses %s as a timeout, when the outcome is there too', async (_, args, expected) => {
    expose()
    expect(await run('waitForOutcomeWith', args)).toMatchObject({ threw: { class: expected } })
  })

  it('takes -0 for 0', async () => {
    expose()
    expect(await run('waitForOutcomeThatIsThere', -0)).toStrictEqual({ returned: 'value' })
  })

  it('throws the same failure at every wait, if the thread cannot read the value that it was sent', async () => {
    // So deep that structured clone takes it on this thread's stack, but not on a small one.
    expose(() => nested(2_000))
    const resourceLimits = { stackSizeMb: 0.3 }
    const smallThread = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1, resourceLimits }))
    const classes = (await smallThread('waitThrice', 100)).map((ended) => ('threw' in ended ? ended.threw : ended))
    expect(classes).toMatchObject(Array.from(classes, () => ({ class: expect.not.stringMatching('TimeoutError') })))
    expect(new Set(classes.map((error) => Reflect.get(Object(error), 'class'))).size).toBe(1)
  })

  it('throws the failure of each of thousands of values that the thread cannot read', async () => {
    const MANY = 4_000
    const tooDeep = nested(2_000)
    let calls = 0
    expose(() => {
      calls += 1
      return tooDeep
    })
    const resourceLimits = { stackSizeMb: 0.3 }
    const smallThread = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1, resourceLimits }))
    const flag = newFlag()
    const ended = smallThread('waitForMany', { count: MANY, flag })
    await until(() => reactor.pending().length === 0 && calls === MANY)
    raise(flag)
    expect(await ended).toEqual({ ResultNotCloneableError: MANY })
  })

  it('returns an error that is a value, and does not throw it', async () => {
    expose(() => new RangeError('a value'))
    expect(await run('waitForOutcomeThatIsThere', 0)).toStrictEqual({ returned: new RangeError('a value') })
  })
})

describe('cancel()', () => {
  const cancelled = {
    threw: {
      class: 'CancelledError',
      code: 'ERR_RX_CROCHET_CANCELLED',
      message: expect.stringMatching(/service\.(later|never)/),
    },
  }

  it('makes CancelledError, which names the call, the outcome at once', async () => {
    expose()
    expect(await run('cancelAtOnce', 1)).toMatchObject(cancelled)
  })

  it("unsubscribes the call's Observable", async () => {
    expose()
    await run('cancelAtOnce', 1)
    await caughtUp()
    expect({ teardowns, pending: reactor.pending() }).toEqual({ teardowns: 1, pending: [] })
  })

  it('does nothing when it is repeated', async () => {
    expose()
    expect(await run('cancelAtOnce', 3)).toMatchObject(cancelled)
    await caughtUp()
    expect({ teardowns, logged: log.lines }).toEqual({ teardowns: 1, logged: [] })
  })

  it('keeps the function from being called, if it comes before the function ran', async () => {
    await stop()
    const scheduler = new VirtualTimeScheduler()
    start({ scheduler })
    let calls = 0
    reactor.expose('service', { later: () => ++calls })
    const flag = newFlag()
    const ended = run('cancelWhenTold', flag)
    await until(() => reactor.pending().length === 1)
    raise(flag)
    await until(() => reactor.pending().length === 0)
    scheduler.flush()
    expect(await ended).toMatchObject(cancelled)
    expect(calls).toBe(0)
  })

  it('unsubscribes a function that is running', async () => {
    expose()
    const flag = newFlag()
    const ended = run('cancelWhenTold', flag)
    await until(() => released.observed)
    raise(flag)
    expect(await ended).toMatchObject(cancelled)
    await until(() => !released.observed)
    expect(teardowns).toBe(1)
  })

  it("fires the call's `signal`, with CancelledError", async () => {
    const reason = new Promise((resolve) => {
      reactor.expose('service', {
        never: () => {
          const { signal } = currentCall()
          signal.addEventListener('abort', () => resolve(signal.reason))
          return new Promise(() => undefined)
        },
      })
    })
    await run('cancelAtOnce', 1)
    expect(await reason).toBeInstanceOf(CancelledError)
  })

  it('keeps a value that comes later from being the outcome', async () => {
    expose()
    expect(await run('cancelThenSettle', undefined)).toMatchObject(cancelled)
    expect(log.lines).toEqual([])
  })

  it('keeps a value that meets the cancellation on the way from being the outcome', async () => {
    expose()
    const [held, cancelledMeanwhile] = [newFlag(), newFlag()]
    reactor.expose('holding', {
      // While the loop is held here, the thread cancels; then the value is sent, before the cancellation is read.
      settleLater: () => {
        raise(held)
        raised(cancelledMeanwhile)
        released.next()
      },
    })
    expect(await run('cancelWhileHeld', { held, cancelledMeanwhile })).toMatchObject(cancelled)
    await caughtUp()
    expect({ teardowns, logged: log.lines }).toEqual({ teardowns: 1, logged: [] })
  })

  it('keeps a promise that rejects later from being heard of', async () => {
    const rejections: unknown[] = []
    let reject: (reason: unknown) => void = () => undefined
    reactor.expose('service', {
      later: () =>
        new Promise((_, refuse) => {
          reject = refuse
        }),
      settleLater: () => reject(new Error('nobody waits for it')),
    })
    const onRejection = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', onRejection)
    try {
      expect(await run('cancelThenSettle', undefined)).toMatchObject(cancelled)
      await reactor.stop()
    } finally {
      process.off('unhandledRejection', onRejection)
    }
    expect(rejections).toEqual([])
  })

  it('does nothing after the outcome, whether that was looked at or not', async () => {
    expose()
    const same = { returned: 'value' }
    expect(await run('cancelAfterOutcome', undefined)).toStrictEqual([same, same])
    expect({ teardowns, logged: log.lines }).toEqual({ teardowns: 1, logged: [] })
  })

  it('leaves the thread able to call', async () => {
    expose()
    expect(await run('cancelThenCall', undefined)).toStrictEqual({ returned: 'value' })
  })
})

describe('[Symbol.dispose]()', () => {
  it('cancels a result that is not settled', async () => {
    expose()
    expect(await run('disposeUnsettled', undefined)).toMatchObject({ threw: { class: 'CancelledError' } })
    await caughtUp()
    expect(teardowns).toBe(1)
  })

  it('leaves a settled result as it is', async () => {
    expose()
    expect(await run('disposeSettled', undefined)).toStrictEqual({ returned: 'value' })
  })
})

describe('settled', () => {
  it('tells whether there is an outcome: a value', async () => {
    expose()
    expect(await run('settledBeforeAndAfter', undefined)).toEqual([false, true])
  })

  it('tells whether there is an outcome: a failure', async () => {
    exposeFailing()
    expect(await run('settledBeforeAndAfter', undefined)).toEqual([false, true])
  })

  it('finds an outcome that has come without anybody waiting', async () => {
    expose()
    expect(await lookAt('settled')).toStrictEqual({ returned: true })
  })

  it('is true as soon as the result is cancelled', async () => {
    expose()
    expect(await run('settledAfterCancel', undefined)).toBe(true)
  })
})

describe('originalFailure()', () => {
  it('is null before there is an outcome, and if that is a value', async () => {
    expose()
    expect(await run('failureBeforeAndAfter', undefined)).toEqual({ before: null, after: null })
  })

  it('finds a failure that has come without anybody waiting', async () => {
    exposeFailing()
    expect(await lookAt('originalFailure')).toStrictEqual({ returned: 'out of range' })
  })

  it('is the failure, with class, properties, message and traceback', async () => {
    expose(function aroseHere() {
      throw Object.assign(new RangeError('out of range', { cause: new Error('the cause') }), { code: 'E_RANGE' })
    })
    expect(await run('failureBeforeAndAfter', undefined)).toEqual({
      before: null,
      after: {
        value: expect.objectContaining({ class: 'RangeError', message: 'out of range', code: 'E_RANGE' }),
        type: 'RangeError',
        message: 'out of range',
        traceback: expect.stringMatching(/RangeError: out of range.*aroseHere.*eventual-result\.spec.*the cause/s),
      },
    })
  })

  it.each([
    ['undefined', undefined, undefined, 'undefined'],
    ['a string', 'text', 'String', "'text'"],
    ['0', 0, 'Number', '0'],
    ['an object', { a: 1 }, 'Object', '{ a: 1 }'],
  ])('is the failure, also if no error was thrown: %s', async (_, thrown, type, message) => {
    expose(() => {
      throw thrown
    })
    expect(await run('failureBeforeAndAfter', undefined)).toStrictEqual({
      before: null,
      after: { value: thrown, type, message, traceback: expect.any(String) },
    })
  })

  it('is still there after a wait', async () => {
    exposeFailing()
    expect(await run('failureAfterWait', undefined)).toBe(true)
  })

  it('is that of a cancelled result too', async () => {
    expose()
    expect(await run('failureOfCancelled', undefined)).toBe(true)
  })
})

describe('a Failure', () => {
  const failure = new Failure(new TimeoutError('late'))
  type ErrorClass = abstract new (message: string) => Error
  const given: ErrorClass[] = [RangeError, TimeoutError, Error]

  it('names the first of the given classes of which the thrown thing is an instance', () => {
    expect(failure.check(...given)).toBe(TimeoutError)
    expect(failure.check(...given.toReversed())).toBe(Error)
  })

  it('names none, if it is an instance of none of them', () => {
    expect(failure.check(RangeError)).toBeNull()
    expect(failure.check()).toBeNull()
    expect(new Failure(undefined).check(Error)).toBeNull()
  })

  it('is trapped by a class of which the thrown thing is an instance', () => {
    expect(failure.trap(...given)).toBe(TimeoutError)
  })

  it.each([failure.value, undefined, 0, ''])('throws the thrown thing on, if it is trapped by none: %s', (thrown) => {
    const thrownOn: unknown[] = []
    try {
      new Failure(thrown).trap(RangeError)
    } catch (it) {
      thrownOn.push(it)
    }
    expect(thrownOn).toStrictEqual([thrown])
  })

  it('has the class of the thrown thing as its type', () => {
    expect(failure.type).toBe(TimeoutError)
    expect(new Failure(null).type).toBeUndefined()
    expect(new Failure(Object.create(null)).type).toBeUndefined()
  })
})

describe('asPromise()', () => {
  it.each(['awaitNow', 'awaitAfterWait'] as const)('resolves to the value: %s', async (task) => {
    expose()
    expect(await run(task, undefined)).toStrictEqual({ returned: 'value' })
  })

  it.each(['awaitNow', 'awaitAfterWait'] as const)('rejects with the failure: %s', async (task) => {
    exposeFailing()
    expect(await run(task, undefined)).toMatchObject({ threw: { class: 'RangeError', message: 'out of range' } })
  })

  it('resolves to a value that comes later, without blocking', async () => {
    expose()
    const ended = run('awaitLater', undefined)
    await until(() => released.observed)
    expect(reactor.pending()).toMatchObject([{ waiting: false }])
    released.next()
    expect(await ended).toStrictEqual({ returned: 'value' })
  })

  it('rejects with EmptyError, if there is no value', async () => {
    expose(() => EMPTY)
    expect(await run('awaitNow', undefined)).toMatchObject({ threw: { class: 'EmptyError' } })
  })

  it('may be asked for several times at once, for one result and for several', async () => {
    expose()
    const value = { returned: 'value' }
    expect(await run('awaitSeveral', undefined)).toStrictEqual([value, value, value, value, { returned: undefined }])
  })

  it('may be mixed with wait(), for the same and for other results', async () => {
    // It leaves a promise that nobody awaits, which rejects when the thread is taken from this reactor.
    await startOwnThread()
    expose()
    const value = { returned: 'value' }
    expect(await run('awaitAndWait', undefined)).toMatchObject({
      waited: [value, { threw: { class: 'TimeoutError' } }, value],
      awaited: [value, value, value],
    })
  })

  it('rejects with CancelledError, if the result is cancelled meanwhile', async () => {
    expose()
    expect(await run('awaitCancelled', undefined)).toMatchObject({ threw: { class: 'CancelledError' } })
  })

  it('rejects with ReactorStopped, if the reactor stops meanwhile', async () => {
    await startOwnThread()
    expose()
    const ended = run('awaitNever', undefined)
    await until(() => reactor.pending().length === 1)
    await reactor.stop()
    expect(await ended).toMatchObject({ threw: { class: 'ReactorStopped' } })
  })
})

describe('asPromise() in a raw Worker', () => {
  /** Starts it; gives what it tells, or the code with which it exits if it tells nothing. */
  function startIdleWorker(workerData: IdleWorkerData = {}) {
    const thread = new Worker(new URL('../fixtures/idle-worker.js', import.meta.url), { workerData })
    reactor.attach(thread)
    const exited = once(thread, 'exit')
    let hasTold = false
    const told = new Promise<unknown>((resolve) => {
      thread.on('message', (message: object) => {
        if ('ended' in message) resolve(message.ended)
      })
      thread.on('exit', (code) => resolve({ exited: code }))
    }).finally(() => {
      hasTold = true
    })
    return { thread, exited, told, hasTold: () => hasTold }
  }

  it('keeps a thread that has nothing else to do alive until the outcome is there, and no longer', async () => {
    expose()
    const { thread, exited, told, hasTold } = startIdleWorker()
    const isIdle = () => released.observed && thread.performance.eventLoopUtilization().idle > 0
    await until(() => hasTold() || isIdle())
    released.next()
    expect(await told).toStrictEqual({ returned: 'value' })
    expect(await exited).toEqual([0])
  })

  it('waits for its reactor without bound, if `connectTimeout` is Infinity', async () => {
    expose()
    const timersFired = newFlag()
    const { told, hasTold } = startIdleWorker({ options: { connectTimeout: Number.POSITIVE_INFINITY }, timersFired })
    // Until then the reactor's loop is busy, and answers nobody.
    raised(timersFired)
    await until(() => hasTold() || released.observed)
    released.next()
    expect(await told).toStrictEqual({ returned: 'value' })
  })
})

describe('an eventual result', () => {
  it('is not kept by its unfinished call, once its handle was dropped', async () => {
    expose()
    expect(await run('dropHandle', undefined)).toBe(true)
  })

  it('ends with ReactorStopped at stop, if it is unfinished; an outcome that is there stays', async () => {
    await startOwnThread()
    expose()
    const outcomes = run('outcomesAfterStop', undefined)
    await until(() => reactor.pending().some((row) => row.waiting && row.function.endsWith('never')))
    await reactor.stop()
    const stopped = { threw: { class: 'ReactorStopped', code: 'ERR_RX_CROCHET_REACTOR_STOPPED' } }
    expect(await outcomes).toMatchObject({
      waitedFor: stopped,
      unfinished: stopped,
      taken: { returned: 'value' },
      untaken: { returned: 'value' },
      cancelled: { threw: { class: 'CancelledError' } },
    })
  })
})

describe('an outcome that is there at stop', () => {
  it('stays, though the thread had not looked at it yet', async () => {
    await startOwnThread()
    expose()
    const stopped = newFlag()
    const ended = run('lookWhenTold', { flag: stopped, at: 'wait' })
    await until(() => released.observed)
    released.next()
    const stopping = reactor.stop()
    raise(stopped)
    expect(await ended).toStrictEqual({ returned: 'value' })
    await stopping
  })
})

describe('canWait()', () => {
  it('is true in a thread of a pool', async () => {
    expect(await run('mayWait', undefined)).toBe(true)
  })

  it("is false in a reactor's thread", () => {
    expect(canWait()).toBe(false)
  })
})

describe("an eventual result in the reactor's own thread", () => {
  function call(name: 'now' | 'later' | 'never'): EventualResult<unknown> {
    return eventual<Record<typeof name, () => unknown>>('service')[name]()
  }

  it.each([0, 1_000, Number.POSITIVE_INFINITY])('refuses wait(%d) at once, and says what to use instead', (timeout) => {
    expose()
    expect(() => call('never').wait(timeout)).toThrow(
      expect.objectContaining({
        name: 'ReactorThreadError',
        code: 'ERR_RX_CROCHET_REACTOR_THREAD',
        message: expect.stringMatching(/service\.never.*asPromise\(\).*\.wrapped/),
      }),
    )
  })

  it('refuses wait(), though the outcome is there', async () => {
    expose()
    const result = call('now')
    await result.asPromise()
    expect(() => result.wait(0)).toThrow(expect.objectContaining({ name: 'ReactorThreadError' }))
  })

  it('can be awaited: a value', async () => {
    expose()
    expect(await call('now').asPromise()).toBe('value')
  })

  it('can be awaited: a failure', async () => {
    exposeFailing()
    await expect(call('now').asPromise()).rejects.toThrow(new RangeError('out of range'))
  })

  it('can be awaited: no value', async () => {
    expose(() => EMPTY)
    await expect(call('now').asPromise()).rejects.toThrow(expect.objectContaining({ name: 'EmptyError' }))
  })

  it('tells whether there is an outcome, and the failure', async () => {
    exposeFailing()
    const result = call('later')
    await until(() => released.observed)
    expect({ settled: result.settled, failure: result.originalFailure() }).toEqual({ settled: false, failure: null })
    released.next()
    expect(result.settled).toBe(true)
    expect(result.originalFailure()?.check(RangeError)).toBe(RangeError)
  })

  it('can be cancelled, before the function ran', async () => {
    expose()
    const result = call('later')
    result.cancel()
    result.cancel()
    await expect(result.asPromise()).rejects.toThrow(CancelledError)
    expect({ pending: reactor.pending(), teardowns }).toEqual({ pending: [], teardowns: 0 })
  })

  it('can be cancelled, while the function runs', async () => {
    expose()
    const result = call('later')
    await until(() => released.observed)
    result.cancel()
    expect({ settled: result.settled, observed: released.observed, teardowns }).toEqual({
      settled: true,
      observed: false,
      teardowns: 1,
    })
  })

  it('ends with ReactorStopped at stop', async () => {
    expose()
    const promise = call('never').asPromise()
    const rejected = expect(promise).rejects.toThrow(expect.objectContaining({ name: 'ReactorStopped' }))
    await reactor.stop()
    await rejected
  })
})
