import { once } from 'node:events'
import { MessageChannel, MessagePort, Worker, type WorkerOptions } from 'node:worker_threads'
import { Piscina } from 'piscina'
import {
  AlreadyInUseError,
  eventual,
  type Logger,
  Reactor,
  type ReactorOptions,
  UnknownFunctionError,
} from 'rx-crochet'
import { concatMap, defer, NEVER, Observable } from 'rxjs'
import { Tinypool } from 'tinypool'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BadHello, Intruded, Intrusion } from '../fixtures/lifecycle-intruder.js'
import { Deferred, Door, RecordingLogger, tasks, until, worker as workerFile } from '../fixtures/lifecycle-support.js'
import type { Late, Once, Question, Way } from '../fixtures/lifecycle-tasks.js'
import { onOwnMessage } from '../fixtures/own-messages.js'
import { type Answer, writeAnswer, writeRequest } from '../fixtures/raw-messages.js'

const FOREVER = Number.POSITIVE_INFINITY
const NOT_ATTACHED = { failure: 'NotAttachedError', message: expect.any(String) }
const ways: readonly Way[] = ['blocking', 'wait', 'asPromise']

let logger: RecordingLogger
let reactor: Reactor
let pools: Piscina[]
let workers: Worker[]
let doors: Door[]

beforeEach(() => {
  logger = new RecordingLogger()
  reactor = new Reactor({ logger })
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

/** A pool that nobody has attached. */
function strangePool(): Piscina {
  const pool = new Piscina({ filename: tasks, maxThreads: 1 })
  pools.push(pool)
  return pool
}

/** A Worker that nobody has attached. */
function strangeWorker(task: string, input?: unknown, options: WorkerOptions = {}): Worker {
  const worker = new Worker(workerFile, { ...options, workerData: { task, input } })
  workers.push(worker)
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

describe('a thread that no reactor has attached', () => {
  const connectTimeout = 30

  it.each(ways)("fails to call from a pool's thread: %s", async (way) => {
    const outcome = await strangePool().run({ way, connectTimeout } satisfies Once, { name: 'callsOnce' })
    expect(outcome).toEqual({
      failure: 'NotAttachedError',
      message: expect.stringMatching(/within 30 ms.*createPool.*attach/),
    })
  })

  it.each(ways)('fails to call from a Worker: %s', async (way) => {
    const worker = strangeWorker('callsOnce', { way, connectTimeout } satisfies Once)
    expect(await resultOf(worker)).toEqual(NOT_ATTACHED)
  })

  it('fails each of several calls', async () => {
    const outcomes = await strangePool().run(connectTimeout, { name: 'callsSeveral' })
    expect(outcomes).toEqual([NOT_ATTACHED, NOT_ATTACHED, NOT_ATTACHED])
  })

  it.each(ways)('calls anew once it is attached: %s', async (way) => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const late = door()
    const worker = strangeWorker('callsTwice', { door: late.word, way, connectTimeout } satisfies Omit<Late, 'called'>)
    const outcomes = resultOf(worker)
    await until(() => worker.listenerCount('message') > 0)
    await new Promise<void>((resolve) => worker.on('message', (message) => message === 'called' && resolve()))
    reactor.attach(worker)
    late.open()
    expect(await outcomes).toEqual([NOT_ATTACHED, { value: way }])
  })
})

describe('a connectTimeout', () => {
  it.each([
    ['without bound', FOREVER],
    ['longer than a timer can measure', 2 ** 31],
    ['as long as a timer can measure', 2 ** 31 - 1],
  ])('that is %s lets a promise wait until the reactor looks', async (_, connectTimeout) => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const [late, called] = [door(), door()]
    const input: Late = { door: late.word, called: called.word, way: 'asPromise', connectTimeout }
    const worker = strangeWorker('callsLate', input)
    reactor.attach(worker)
    const outcome = resultOf(worker)
    await once(worker, 'message')
    late.open()
    called.pass()
    expect(await outcome).toEqual({ value: 'asPromise' })
  })
})

describe('expose()', () => {
  class Private {
    _only(): void {}
  }

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 42],
    ['a string', 'service'],
    ['a symbol', Symbol('service')],
    ['an array', [() => 1]],
    ['a function', () => 1],
    ['a class', Private],
    ['an empty object', {}],
    ['an object without functions', { port: 80 }],
    ['an object without prototype', Object.create(null)],
    ['an object whose only function is an inherited name', { toString: () => 'x', constructor: () => 1 }],
    ['an instance with private methods only', new Private()],
  ])('refuses %s for a service', (_, service) => {
    const expose = (): unknown => Reflect.apply(reactor.expose, reactor, ['svc', service])
    expect(expose).toThrow(TypeError)
    expect(expose).toThrow(/expose\('svc'/)
  })

  it.each([
    ['undefined', undefined],
    ['a number', 1],
    ['a symbol', Symbol('name')],
    ['an object', { name: 'svc' }],
    ['a URL', new URL('file:///svc.js')],
    ['the empty string', ''],
  ])('refuses %s for a name', (_, name) => {
    const expose = (): unknown => Reflect.apply(reactor.expose, reactor, [name, { fn: () => 1 }])
    expect(expose).toThrow(TypeError)
    expect(expose).toThrow(/name/)
  })

  it('refuses a name that is taken, and keeps the service that has it', async () => {
    const service = { which: () => 'first' }
    reactor.expose('svc', service)
    expect(() => reactor.expose('svc', { which: () => 'second' })).toThrow(AlreadyInUseError)
    expect(await eventual<typeof service>('svc').which().asPromise()).toBe('first')
  })

  it('leaves a name free that it refused a service for', async () => {
    const service = { fn: () => 'value' }
    expect(() => reactor.expose('svc', {})).toThrow(TypeError)
    reactor.expose('svc', service)
    expect(await eventual<typeof service>('svc').fn().asPromise()).toBe('value')
  })

  it('takes the same name for each of two reactors', async () => {
    await using other = new Reactor()
    reactor.expose('svc', { fn: () => 1 })
    expect(() => other.expose('svc', { fn: () => 2 })).not.toThrow()
  })
})

describe('disposing what expose() returned', () => {
  it('takes the service away', async () => {
    const service = { fn: () => 'value' }
    reactor.expose('svc', service)[Symbol.dispose]()
    await expect(eventual<typeof service>('svc').fn().asPromise()).rejects.toBeInstanceOf(UnknownFunctionError)
  })

  it('frees the name', async () => {
    const service = { which: () => 'second' }
    reactor.expose('svc', { which: () => 'first' })[Symbol.dispose]()
    reactor.expose('svc', service)
    expect(await eventual<typeof service>('svc').which().asPromise()).toBe('second')
  })

  it.each([
    ['another service', { which: () => 'second' }],
    ['the same one', undefined],
  ])('twice does not take away what has the name since: %s', async (_, other) => {
    const first = { which: () => 'first' }
    const exposed = reactor.expose('svc', first)
    exposed[Symbol.dispose]()
    reactor.expose('svc', other ?? first)
    exposed[Symbol.dispose]()
    expect(await eventual<typeof first>('svc').which().asPromise()).toBe(other === undefined ? 'first' : 'second')
  })

  it('lets calls under way go on', async () => {
    const answer = new Deferred<string>()
    const asked = new Deferred()
    const service = {
      fn: () => {
        asked.resolve()
        return answer.promise
      },
    }
    const exposed = reactor.expose('svc', service)
    const outcome = eventual<typeof service>('svc').fn().asPromise()
    await asked.promise
    exposed[Symbol.dispose]()
    answer.resolve('value')
    expect(await outcome).toBe('value')
  })
})

describe('what a thread posts that is no message of ours', () => {
  let calls: unknown[]

  async function intruded(intrusion: Intrusion, options: WorkerOptions = {}): Promise<unknown> {
    const worker = new Worker(new URL('../fixtures/lifecycle-intruder.js', import.meta.url), {
      ...options,
      workerData: intrusion,
    })
    workers.push(worker)
    reactor.attach(worker)
    return resultOf(worker)
  }

  beforeEach(() => {
    calls = []
    const echo = (value: unknown): unknown => {
      calls.push(value)
      return value
    }
    reactor.expose('svc', { echo, hang: () => NEVER })
  })

  const undisturbed: Intruded = { before: 'before', after: 'after' }
  const ref = { in: 'service', of: 'svc', name: 'echo' } as const
  const call = writeRequest({ type: 'call', id: 2, ref, args: ['intruded'], timeout: FOREVER, hasDefault: false })
  const cancel = writeRequest({ type: 'cancel', id: 1, reason: 'cancelled' })
  const stray = writeRequest({ type: 'stray', found: 'something' })
  const numbered = (id: unknown): unknown[] => call.with(1, id)
  /** A message with a field of a wrong type, each in turn, and with one missing. */
  const spoilt = (what: string, message: readonly unknown[]): [string, unknown][] =>
    message.flatMap((_, index): [string, unknown][] => [
      [`a ${what} whose field ${index} is an object`, message.with(index, {})],
      [`a ${what} with only ${index} fields`, message.slice(0, index)],
    ])
  const line = (value: unknown): unknown[] => [
    'log',
    { level: 'warn', message: 'm', details: [['k', value]], isPrinted: false },
  ]
  const anError = { type: 'error', classes: [], message: '', stack: '', name: '', properties: [] }
  const cycle: unknown[] = ['call']
  cycle.push(cycle)

  const messages: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['a bigint', 1n],
    ['a string', 'call'],
    ['an object', { type: 'call', id: 2 }],
    ['a Map', new Map([['type', 'call']])],
    ['an Error', new Error('call')],
    ['bytes', new Uint8Array(8)],
    ['an empty array', []],
    ['an array that is no message', [1, 2, 3]],
    ['an array within itself', cycle],
    ['a message of an unknown type', ['destroy', 2]],
    ['an inherited name for a type', ['constructor', 2]],
    ['a call with an id that was used', numbered(1)],
    ['a call with an id of the future', numbered(30)],
    ['a call with id 0', numbered(0)],
    ['a call with a negative id', numbered(-2)],
    ['a call with a fraction for an id', numbered(2.5)],
    ['a call with NaN for an id', numbered(Number.NaN)],
    ['a call with an id that is not exact', numbered(2 ** 53)],
    ['a call with a string for an id', numbered('2')],
    ['a call with holes for arguments', call.with(5, new Array(2 ** 32 - 1))],
    ['a call of an unknown kind', call.with(2, 'galaxy')],
    ['a cancellation for an unknown reason', cancel.with(2, 'boredom')],
    ...spoilt('call', call),
    ...spoilt('cancellation', cancel),
    ...spoilt('report', stray),
    ...spoilt('number of calls', writeRequest({ type: 'sent', upTo: 1, lines: 0 })),
    ['a number of calls that nobody asked for', writeRequest({ type: 'sent', upTo: 1, lines: 0 })],
    ['a number of calls that were never sent', writeRequest({ type: 'sent', upTo: 99, lines: 0 })],
    ['a message of 2 ** 32 - 1 holes', new Array(2 ** 32 - 1)],
    [
      'a line with details of holes',
      ['log', { level: 'warn', message: 'm', details: new Array(2 ** 32 - 1), isPrinted: false }],
    ],
    ['a line with a part that is null', line({ parts: [null] })],
    ['a line with no parts', line({ parts: [] })],
    ['a line with a list of length -1', line({ parts: [{ type: 'list', length: -1, properties: [] }] })],
    ['a failure whose classes are no list', ['failed', 1, 'x', { parts: [{ ...anError, classes: 5 }] }]],
    ['a failure with a property that is null', ['failed', 1, 'x', { parts: [{ ...anError, properties: [null] }] }]],
    ['a result with a part that is null', ['put', 2, 'u', 'x', { type: 'failure', thrown: { parts: [null] } }]],
  ]

  it.each(messages)('is ignored and logged: %s', async (_, message) => {
    expect(await intruded({ on: 'port', what: 'message', message })).toEqual(undisturbed)
    // The port is looked at when it has its turn, which may be after the next call.
    await until(() => logger.lines.length > 0)
    expect(calls).toEqual(['before', 'after'])
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('Ignored') }])
  })

  it.each(messages.slice(0, 12).concat([['a call', call]]))('is ignored and logged, bare: %s', async (_, message) => {
    expect(await intruded({ on: 'port', what: 'bare', message })).toEqual(undisturbed)
    await until(() => logger.lines.length > 0)
    expect(calls).toEqual(['before', 'after'])
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('Ignored') }])
  })

  it('is ignored and logged: a call once more', async () => {
    expect(await intruded({ on: 'port', what: 'replay' })).toEqual(undisturbed)
    await until(() => logger.lines.length > 0)
    expect(calls).toEqual(['before', 'after'])
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('Ignored') }])
  })

  it('is ignored: a cancellation of a call that has its outcome', async () => {
    expect(await intruded({ on: 'port', what: 'message', message: cancel })).toEqual(undisturbed)
    expect(calls).toEqual(['before', 'after'])
  })

  it('is answered, to no effect: a question for the unfinished calls', async () => {
    const message = writeRequest({ type: 'unreadable' })
    expect(await intruded({ on: 'port', what: 'message', message })).toEqual(undisturbed)
    expect(calls).toEqual(['before', 'after'])
  })

  it('is logged: that the thread received what it does not understand', async () => {
    expect(await intruded({ on: 'port', what: 'message', message: stray })).toEqual(undisturbed)
    await until(() => logger.lines.length > 0)
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('something') }])
  })

  it('is ignored and logged: what cannot be read', async () => {
    const options = { resourceLimits: { stackSizeMb: 64 } }
    const depth = 2 * deepest()
    expect(await intruded({ on: 'port', what: 'unreadable', depth }, options)).toEqual(undisturbed)
    await until(() => logger.lines.length > 0)
    expect(calls).toEqual(['before', 'after'])
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('Ignored') }])
  })

  it.each<BadHello>([
    'of another version',
    'of no version',
    'without a port',
    'with something else for a port',
    'without memory',
    'with memory that is not shared',
    'with too much memory',
    'without a thread id',
    'that was answered before',
    'that was given up',
  ])('is ignored and logged: a request for a connection %s', async (hello) => {
    expect(await intruded({ on: 'parentPort', hello })).toEqual(undisturbed)
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('Ignored') }])
  })
})

describe('a request for a connection that a stranger has made up', () => {
  const versions: readonly [string, unknown][] = [
    ['an object whose toString is a text', { toString: 'x' }],
    ['an object that cannot be made a text of', { toString: null, valueOf: null }],
    ['an array of holes', new Array(2 ** 32 - 1)],
    ['a text of ten million characters', 'x'.repeat(1e7)],
    ['a number of three million digits', 1n << 10_000_000n],
  ]

  it('is ignored, and logged in few words, whatever it has for a version', async () => {
    reactor.expose('svc', { hang: () => 'answered' })
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    for (const [, version] of versions) await pool.run({ 'rx-crochet': version }, { name: 'posts' })
    expect(await pool.run(undefined, { name: 'waits' })).toEqual({ value: 'answered' })
    const ignored = { level: 'warn', message: expect.stringMatching(/^Ignored a request.{0,400}$/) }
    expect(logger.lines).toMatchObject(versions.map(() => ignored))
  })
})

describe("the application's own messages", () => {
  it.each([
    ['null', null],
    ['a string', 'rx-crochet'],
    ['a number', 1],
    ['an array', ['call', 1]],
    ['an object', { type: 'hello', port: 80 }],
    ['a Map', new Map([['rx-crochet', 1]])],
  ])("come out of the pool's event, and are not logged: %s", async (_, message) => {
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    const received = once(pool, 'message')
    await pool.run(message, { name: 'posts' })
    expect(await received).toEqual([message])
    expect(logger.lines).toEqual([])
  })
})

describe('what is posted to a thread that is no message of ours', () => {
  /** A thread that sleeps on its first call, and our end of its port, as only the reactor should have it. */
  async function sleeper(): Promise<{
    port: MessagePort
    answer: Deferred<unknown>
    outcome: Promise<unknown>
    /** Makes the thread look at its messages again. */
    next: () => Promise<unknown>
  }> {
    const answer = new Deferred<unknown>()
    reactor.expose('svc', { hang: () => answer.promise })
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    const port = new Promise<MessagePort>((resolve) =>
      onOwnMessage(pool, (hello) => {
        if ('port' in hello && hello.port instanceof MessagePort) resolve(hello.port)
      }),
    )
    const next = (): Promise<unknown> => pool.run(undefined, { name: 'waits' })
    const outcome = next()
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    return { port: await port, answer, outcome, next }
  }

  it.each<[string, unknown]>([
    ['null', null],
    ['a string', 'value'],
    ['an object', { type: 'value', id: 1, value: 'forged' }],
    ['an empty array', []],
    ['an unknown type', ['gift', 1, 'forged']],
    ['a value without an id', ['value']],
    ['a value for call 0', writeAnswer({ type: 'value', id: 0, value: 'forged' })],
    ['a value for half a call', writeAnswer({ type: 'value', id: 0.5, value: 'forged' })],
    ['a failure without an error', ['failure', 1]],
    ['a failure with an error that is none', ['failure', 1, 'error']],
  ])('is ignored, and the reactor logs it: %s', async (_, message) => {
    const { port, answer, outcome, next } = await sleeper()
    port.postMessage(message)
    port.postMessage([1, message])
    answer.resolve('genuine')
    expect(await outcome).toEqual({ value: 'genuine' })
    while (logger.lines.length < 2) expect(await next()).toEqual({ value: 'genuine' })
    const ignored = { level: 'warn', message: expect.stringContaining('Ignored') }
    expect(logger.lines).toMatchObject([ignored, ignored])
  })

  it.each<[string, Answer]>([
    ['an answer to a call that was never made', { type: 'value', id: 99, value: 'forged' }],
    ['a list of unfinished calls that it did not ask for', { type: 'unfinished', ids: [] }],
    ['a question for what it has sent', { type: 'unreadable' }],
  ])('changes nothing: %s', async (_, message) => {
    const { port, answer, outcome } = await sleeper()
    port.postMessage([1, writeAnswer(message)])
    answer.resolve('genuine')
    expect(await outcome).toEqual({ value: 'genuine' })
  })
})

describe('an answer', () => {
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
  const secretive = (): object =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('none of your business')
        },
      },
    )

  const failure = { failure: expect.not.stringMatching(/TimeoutError|none/) }
  const next = { value: 'next' }

  function ask(way: Way, answer: () => unknown, options: WorkerOptions = {}): Promise<unknown> {
    const called = door()
    reactor.expose('svc', {
      answer: () => defer(() => until(() => called.isOpen)).pipe(concatMap(() => asObservable(answer))),
      echo: (value: unknown) => value,
    })
    const worker = strangeWorker('asks', { way, called: called.word } satisfies Question, options)
    reactor.attach(worker)
    return resultOf(worker)
  }

  /** Emits what is no input for RxJS, nor a promise's. */
  function asObservable(answer: () => unknown): Observable<unknown> {
    return new Observable((subscriber) => subscriber.next(answer()))
  }

  it.each([
    ['a function', () => () => 1],
    ['a Proxy that is revoked', revoked],
    ['a Proxy that is revoked, deep within', () => ({ state: { draft: revoked() } })],
    ['a Proxy that does not tell its keys', secretive],
    ['a Proxy that does not tell its keys, in a list', () => [1, secretive()]],
    ['a value nested too deep', () => nested(20_000)],
  ])('that can neither be sent nor be looked into is a failure all the same: %s', async (_, answer) => {
    expect(await ask('blocking', answer)).toMatchObject({ asked: failure, next })
  })

  it('that is an error which changes while it is read is a failure all the same', async () => {
    const uncaught: unknown[] = []
    process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error))
    try {
      const outcome = await ask('blocking', () => {
        let reads = 0
        const details = {
          get value() {
            return reads++ === 0 ? 1 : () => 1
          },
        }
        throw Object.assign(new Error('on purpose'), { details })
      })
      expect({ outcome, uncaught }).toMatchObject({ outcome: { asked: { failure: 'Error' }, next }, uncaught: [] })
    } finally {
      process.setUncaughtExceptionCaptureCallback(null)
    }
  })

  it.each(ways)('that the thread cannot read is a failure all the same: %s', async (way) => {
    // A thread whose stack is a fraction of ours can't read nearly the most that ours can write.
    const answer = (): unknown => nested(Math.floor(0.7 * deepest()))
    const outcome = await ask(way, answer, { resourceLimits: { stackSizeMb: 0.5 } })
    expect(outcome).toMatchObject({ asked: failure, next })
  })

  it('that the thread cannot read is not taken for that of another call', async () => {
    const depth = Math.floor(0.7 * deepest())
    reactor.expose('svc', { answer: () => nested(depth), echo: (value: unknown) => value })
    const worker = strangeWorker('asksAmongOthers', undefined, { resourceLimits: { stackSizeMb: 0.5 } })
    reactor.attach(worker)
    expect(await resultOf(worker)).toMatchObject([{ value: 1 }, failure, { value: 2 }, failure, failure, { value: 3 }])
  })

  it('to arguments that the reactor cannot read is a failure, and not taken for that of another call', async () => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const worker = strangeWorker('tellsAmongOthers', 2 * deepest(), { resourceLimits: { stackSizeMb: 64 } })
    reactor.attach(worker)
    expect(await resultOf(worker)).toMatchObject([{ value: 1 }, failure, { value: 2 }, failure, failure, { value: 3 }])
  })

  it('that the thread cannot read makes room for the next call', async () => {
    await reactor.stop()
    reactor = new Reactor({ logger, maxPending: 1 })
    const answer = (): unknown => nested(Math.floor(0.7 * deepest()))
    const outcome = await ask('blocking', answer, { resourceLimits: { stackSizeMb: 0.5 } })
    expect(outcome).toMatchObject({ asked: failure, next })
  })
})

describe('an option of new Reactor()', () => {
  const { debug, info, warn, error, child } = new RecordingLogger()

  it.each<[keyof ReactorOptions, string, unknown, typeof TypeError | typeof RangeError]>([
    ['maxPending', 'zero', 0, RangeError],
    ['maxPending', 'negative', -1, RangeError],
    ['maxPending', 'a fraction', 1.5, RangeError],
    ['maxPending', 'NaN', Number.NaN, RangeError],
    ['maxPending', 'without bound', FOREVER, RangeError],
    ['maxPending', 'beyond 31 bits', 2 ** 31, RangeError],
    ['maxPending', 'a string', '10', TypeError],
    ['maxPending', 'null', null, TypeError],
    ['logger', 'null', null, TypeError],
    ['logger', 'a function', () => undefined, TypeError],
    ['logger', 'without debug', { info, warn, error, child }, TypeError],
    ['logger', 'without info', { debug, warn, error, child }, TypeError],
    ['logger', 'without warn', { debug, info, error, child }, TypeError],
    ['logger', 'without error', { debug, info, warn, child }, TypeError],
    ['logger', 'without child', { debug, info, warn, error }, TypeError],
    ['logLevel', 'unknown', 'loud', TypeError],
    ['logLevel', 'a number', 40, TypeError],
    ['logLevel', 'null', null, TypeError],
    ['scheduler', 'null', null, TypeError],
    ['scheduler', 'a function', () => undefined, TypeError],
    ['scheduler', 'an object without schedule', { now: Date.now }, TypeError],
    ['allowModule', 'null', null, TypeError],
    ['allowModule', 'a pattern', /^file:/, TypeError],
    ['allowModule', 'a list of what no URL begins with', ['./modules'], TypeError],
    ['allowModule', 'a text', 'file:', TypeError],
  ])('%s is refused if it is %s', (option, _, value, expected) => {
    const make = (): Reactor => new Reactor({ [option]: value })
    expect(make).toThrow(expected)
    expect(make).toThrow(new RegExp(`options\\.${option}`))
  })

  it.each<[string, ReactorOptions]>([
    ['maxPending of 1', { maxPending: 1 }],
    ['maxPending of 31 bits', { maxPending: 2 ** 31 - 1 }],
    ['every option left out', {}],
    ['logLevel silent', { logLevel: 'silent' }],
  ])('may be %s', async (_, options) => {
    await using made = new Reactor(options)
    expect(made).toBeInstanceOf(Reactor)
  })
})

describe("the application's logger", () => {
  /** Logs a warning: by what the reactor was asked to run. */
  async function provoke(told: Reactor): Promise<unknown> {
    const tornDown = new Deferred()
    told.expose('svc', {
      echo: (value: unknown) =>
        new Observable((subscriber) => {
          setImmediate(() => subscriber.next(value))
          return () => {
            tornDown.resolve()
            throw new Error('torn')
          }
        }),
    })
    const value = await told.createPool({ filename: tasks, maxThreads: 1 }).run('value', { name: 'echoes' })
    await tornDown.promise
    return value
  }

  it('is survived if it throws', async () => {
    const refuse = (): never => {
      throw new Error('the disk is full')
    }
    const broken: Logger = { debug: refuse, info: refuse, warn: refuse, error: refuse, child: () => broken }
    await using told = new Reactor({ logger: broken })
    expect(await provoke(told)).toBe('value')
    expect(await told.stop()).toMatchObject({ drained: 1, terminated: 0 })
  })

  it.each([
    ['debug', 1],
    ['info', 1],
    ['warn', 1],
    ['error', 0],
    ['fatal', 0],
    ['silent', 0],
  ] as const)('is told of warnings, or not, by logLevel: %s', async (logLevel, lines) => {
    await using told = new Reactor({ logger, logLevel })
    await provoke(told)
    expect(logger.lines).toHaveLength(lines)
  })
})

describe('attach()', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', tasks],
    ['a URL', workerFile],
    ['a function', () => undefined],
    ['the class of a pool', Piscina],
    ['the class of a Worker', Worker],
    ['an empty object', {}],
    ['an object without prototype', Object.create(null)],
    ['an object with a method of a pool', { run: () => undefined }],
    ['an object without the threads of a pool', { run: () => {}, close: () => {}, on: () => {}, off: () => {} }],
    ['an array of pools', []],
    ['a MessagePort', new MessageChannel().port1],
  ])('refuses %s', (_, source) => {
    expect(() => Reflect.apply(reactor.attach, reactor, [source])).toThrow(TypeError)
  })

  it('says of a pool of another kind that it is one', () => {
    const tinypool = new Tinypool({ filename: tasks, minThreads: 0 })
    expect(() => Reflect.apply(reactor.attach, reactor, [tinypool])).toThrow(
      'attach() takes a Piscina or a Worker; it was given `[Tinypool]`, a pool of another kind, whose threads have no way to ask for a reactor',
    )
  })

  const sources = [
    ['a pool', () => strangePool()],
    ['a Worker', () => strangeWorker('waits')],
    ['a pool of createPool()', () => reactor.createPool({ filename: tasks, maxThreads: 1 })],
  ] as const

  it.each(sources)('refuses %s that another reactor has', async (_, make) => {
    await using other = new Reactor()
    const source = make()
    reactor.attach(source)
    expect(() => other.attach(source)).toThrow(AlreadyInUseError)
  })

  it('says of a pool of createPool() whose it is, for no attach() of the application has returned anything', async () => {
    await using other = new Reactor()
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    expect(() => other.attach(pool)).toThrow(/^attach\(\) was given a pool that createPool\(\) of another reactor made/)
  })

  it.each(sources)('takes %s that another reactor had', async (_, make) => {
    await using other = new Reactor()
    const source = make()
    reactor.attach(source)[Symbol.dispose]()
    expect(() => other.attach(source)).not.toThrow()
  })

  it.each(sources)('takes %s that a stopped reactor had', async (_, make) => {
    await using other = new Reactor()
    const source = make()
    reactor.attach(source)
    await reactor.stop()
    expect(() => other.attach(source)).not.toThrow()
  })

  it.each(sources)('takes %s twice', (_, make) => {
    const source = make()
    reactor.attach(source)
    expect(() => reactor.attach(source)).not.toThrow()
  })

  it.each(ways)('has a thread that a stopped reactor had, and that never called it, call this one: %s', async (way) => {
    const first = new Reactor()
    reactor.expose('svc', { echo: (value: unknown) => value })
    const [late, called] = [door(), door()]
    const worker = strangeWorker('callsLate', {
      door: late.word,
      called: called.word,
      way,
      connectTimeout: 1_000,
    } satisfies Late)
    first.attach(worker)
    const outcome = resultOf(worker)
    await once(worker, 'message')
    await first.stop()
    reactor.attach(worker)
    late.open()
    expect(await outcome).toEqual({ value: way })
  })
})

describe('disposing what attach() returned', () => {
  it('ends the calls under way, in the thread and here', async () => {
    const [subscribed, unsubscribed] = [new Deferred(), new Deferred()]
    const hang = (): Observable<never> =>
      new Observable(() => {
        subscribed.resolve()
        return () => unsubscribed.resolve()
      })
    reactor.expose('svc', { hang })
    const pool = strangePool()
    const attached = reactor.attach(pool)
    const next = (): Promise<unknown> => pool.run(undefined, { name: 'waits' })
    const outcome = next()
    await subscribed.promise
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    attached[Symbol.dispose]()
    await unsubscribed.promise
    expect(await outcome).toEqual({ failure: 'NotAttachedError', message: expect.stringContaining('detached') })
    expect(reactor.pending()).toEqual([])
  })

  it('ends what a thread awaits without sleeping', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const pool = strangePool()
    const attached = reactor.attach(pool)
    const outcomes = pool.run(3, { name: 'awaits' })
    await until(() => reactor.pending().length === 3)
    attached[Symbol.dispose]()
    expect(await outcomes).toEqual([NOT_ATTACHED, NOT_ATTACHED, NOT_ATTACHED])
  })

  it.each(ways)('makes a new call ask for a connection anew, in vain: %s', async (way) => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const pool = strangePool()
    const attached = reactor.attach(pool)
    const input: Once = { way, connectTimeout: 30 }
    expect(await pool.run(input, { name: 'callsOnce' })).toEqual({ value: way })
    attached[Symbol.dispose]()
    expect(await pool.run(input, { name: 'callsOnce' })).toEqual({
      failure: 'NotAttachedError',
      message: expect.stringContaining('No reactor accepted'),
    })
  })

  it.each(ways)('is told to a thread of createPool() that asks for its reactor only then: %s', async (way) => {
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    reactor.attach(pool)[Symbol.dispose]()
    const outcome = await pool.run({ way, connectTimeout: FOREVER } satisfies Once, { name: 'callsOnce' })
    expect(outcome).toEqual({ failure: 'NotAttachedError', message: expect.stringContaining('detached') })
    await pool.destroy()
  })

  it('leaves the thread to another reactor', async () => {
    await using other = new Reactor()
    reactor.expose('svc', { echo: () => 'the first' })
    other.expose('svc', { echo: () => 'the other' })
    const pool = strangePool()
    const attached = reactor.attach(pool)
    const first = await pool.run(undefined, { name: 'echoes' })
    attached[Symbol.dispose]()
    other.attach(pool)
    expect([first, await pool.run(undefined, { name: 'echoes' })]).toEqual(['the first', 'the other'])
  })

  it('ends calls that were sent before, right behind the one that disposes', async () => {
    const ran: unknown[] = []
    const sent = door()
    const pool = strangePool()
    const attached = reactor.attach(pool)
    reactor.expose('svc', {
      echo: (value: unknown) => {
        ran.push(value)
        return value
      },
      block: () => sent.pass(),
      stop: () => attached[Symbol.dispose](),
    })
    const outcomes = await pool.run(sent.word, { name: 'sendsAround' })
    expect(outcomes).toEqual([{ value: undefined }, { value: 'before' }, NOT_ATTACHED, NOT_ATTACHED, NOT_ATTACHED])
    expect(ran).toEqual(['connected', 'before'])
    expect(reactor.pending()).toEqual([])
  })

  it('twice does no harm', async () => {
    reactor.expose('svc', { echo: (value: unknown) => value })
    const pool = strangePool()
    const attached = reactor.attach(pool)
    attached[Symbol.dispose]()
    attached[Symbol.dispose]()
    reactor.attach(pool)
    expect(await pool.run('value', { name: 'echoes' })).toBe('value')
  })

  it.each([
    ['a pool', () => strangePool()],
    ['a Worker', () => strangeWorker('waits')],
  ])('leaves no listener on %s', (_, make) => {
    const source = make()
    const counts = (): unknown[] => source.eventNames().map((event) => [event, source.listenerCount(event)])
    const before = counts()
    reactor.attach(source)[Symbol.dispose]()
    expect(counts()).toEqual(before)
  })
})

/** An array within an array … */
function nested(depth: number): unknown[] {
  let value: unknown[] = []
  for (let level = 1; level < depth; level++) value = [value]
  return value
}

/** About how deep a nesting this thread can copy. */
function deepest(): number {
  let depth = 128
  try {
    for (;;) {
      structuredClone(nested(depth * 1.2))
      depth = Math.ceil(depth * 1.2)
    }
  } catch {
    return depth
  }
}
