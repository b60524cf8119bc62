import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { captureConsole, eventual, logger, NotSetUpError, Reactor } from 'rx-crochet'
import { Observable } from 'rxjs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LogLine, RecordingLogger } from '../fixtures/lifecycle-support.js'
import { type Form, forms } from '../fixtures/logs-forms.js'

const workerFile = new URL('../fixtures/logs-worker.js', import.meta.url)

// The first, for it is this thread's last word that it has none.
describe('in a main thread that never had a reactor', () => {
  it.each(['debug', 'info', 'warn', 'error'] as const)('%s() is a NotSetUpError', (level) => {
    const log = logger()
    expect(() => log[level]('lost')).toThrow(NotSetUpError)
    expect(() => log.child({ a: 1 })[level]('lost')).toThrow(/^logger\(\) was called in the main thread/)
  })
})

describe('a line crosses', () => {
  let lines: Readonly<Record<string, LogLine>>
  let thread: number

  beforeAll(async () => {
    const log = new RecordingLogger()
    const reactor = new Reactor({ logger: log })
    const worker = new Worker(workerFile, { workerData: { task: 'saysForms' } })
    thread = worker.threadId
    reactor.attach(worker)
    const names = Object.keys(forms)
    while (log.lines.length < names.length) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([worker.terminate(), reactor.stop()])
    lines = Object.fromEntries(log.lines.map((line, index) => [names[index], line]))
  })

  const loop: { name: string; fn: string; self?: object } = { name: 'loop', fn: '[Function (anonymous)]' }
  loop.self = loop

  it.each<readonly [form: Form, message: string, details: object]>([
    ['message', 'only', {}],
    ['format', 'this is 1 of {"a":2}', {}],
    ['a percent sign', '100%', {}],
    ['details', 'with details', { file: 'a.txt', size: 5 }],
    ['details alone', '', { file: 'a.txt' }],
    ['error', 'too far', { err: expect.any(RangeError) }],
    ['error and message', 'gave up after 3', { err: expect.objectContaining({ message: 'too far' }) }],
    ['child', 'of a child', { job: 1 }],
    ['child of a child', 'nested', { job: 1, step: 2, more: 3 }],
    ['details over bindings', 'over', { job: 2 }],
    ['child that leaves its parent alone', 'of the parent', {}],
    ['bindings changed afterwards', 'as they were', { job: 1 }],
    ['details changed afterwards', 'as they were', { list: [1] }],
    ['function', 'a function', { fn: '[Function: fn]', kept: 1 }],
    ['symbol', 'a symbol', { symbol: 'Symbol(mine)', kept: 1 }],
    ['socket', 'a port', { port: expect.stringContaining('MessagePort'), kept: 1 }],
    [
      'promise',
      'a promise',
      {
        promise: expect.stringContaining('Promise'),
        map: expect.stringContaining('WeakMap'),
        kept: 1,
      },
    ],
    ['circular', 'circular', { loop, kept: 1 }],
    ['function in a list', 'a list', { list: [1, '[Function (anonymous)]', 3] }],
    [
      'nested getter that throws',
      'a getter',
      { nested: { bad: expect.stringContaining('thrown on purpose') }, kept: 1 },
    ],
    ['nested Proxy that throws', 'a Proxy', { proxy: expect.any(String), kept: 1 }],
    [
      'error with a getter that throws',
      'an error',
      { err: expect.objectContaining({ message: 'inner', bad: expect.stringContaining('thrown on purpose') }) },
    ],
    ['getter that throws', 'a getter', { bad: expect.stringContaining('thrown on purpose'), kept: 1 }],
    ['Proxy that throws', 'a Proxy', { details: expect.any(String) }],
    ['child with a getter that throws', 'a child', { bad: expect.stringContaining('thrown on purpose'), kept: 1 }],
    ['error of another realm', 'from there', { err: expect.any(TypeError) }],
    ['error whose message throws', expect.stringContaining('thrown on purpose'), { err: expect.any(Error) }],
    ['thread and pool of its own', 'its own', { thread: 'topic-7', pool: 'db' }],
    ['cloneable', 'cloneable', { date: new Date(0), map: new Map([[1, 2]]), big: 5n, none: undefined }],
    ['own properties that look like prototypes', 'a prototype', JSON.parse('{"__proto__":{"x":1}}')],
  ])('with %s', (form, message, details) => {
    expect(lines[form]).toEqual({ level: 'warn', message, details: { thread, ...details } })
  })

  function errorOf(form: Form): unknown {
    return Reflect.get(lines[form]?.details ?? {}, 'err')
  }

  it('with the error whole, its code, own properties, cause and stack', () => {
    const err = errorOf('error of its own class')
    expect(err).toMatchObject({
      name: 'UnknownError',
      message: 'inner',
      code: 'E_UNKNOWN',
      request: { url: '/', send: '[Function: send]' },
      cause: { name: 'TypeError', message: 'root' },
    })
    expect(err).toHaveProperty('stack', expect.stringContaining('logs-forms'))
    expect(err).toHaveProperty('cause', expect.any(TypeError))
  })

  it('with all errors of an AggregateError', () => {
    const err = errorOf('aggregate error')
    expect(err).toBeInstanceOf(AggregateError)
    expect(err).toHaveProperty('errors', [new Error('one'), 'two'])
  })
})

describe('in the main thread', () => {
  const reactors: Reactor[] = []

  afterEach(async () => {
    await Promise.all(reactors.splice(0).map((reactor) => reactor.stop()))
  })

  function reactorWith(log: RecordingLogger): Reactor {
    const reactor = new Reactor({ logger: log })
    reactors.push(reactor)
    return reactor
  }

  it('the stopping reactor writes what triggers and teardowns log, and standard error has what comes later', async () => {
    const log = new RecordingLogger()
    const reactor = reactorWith(log)
    await new Promise<void>((resolve) => {
      const hang = new Observable(() => {
        resolve()
        return () => logger().info('torn down')
      })
      reactor.expose('svc', { hang: () => hang })
      eventual('svc').hang?.()
    })
    for (const phase of ['before', 'during', 'after'] as const) {
      reactor.onShutdown(phase, () => logger().info(phase))
    }
    await reactor.stop()
    expect(log.lines.map(({ message }) => message)).toEqual(['before', 'torn down', 'during', 'after'])
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    logger().warn({ err: 'why', file: 'a.txt' }, 'late')
    const written = [...stderr.mock.calls]
    stderr.mockRestore()
    expect(written).toEqual([["late err: 'why' file: 'a.txt'\n"]])
  })

  it('a line is written at once, with what it was given itself', () => {
    const log = new RecordingLogger()
    reactorWith(log)
    const fn = (): void => undefined
    logger().child({ a: 1 }).info({ fn }, 'from %s', 'here')
    expect(log.lines).toEqual([{ level: 'info', message: 'from here', details: expect.objectContaining({ a: 1, fn }) }])
  })

  it('the oldest reactor that lives writes it', async () => {
    const [first, second] = [new RecordingLogger(), new RecordingLogger()]
    const oldest = reactorWith(first)
    reactorWith(second)
    const log = logger()
    log.warn('one')
    await oldest.stop()
    log.warn('two')
    expect([first, second].map(({ lines }) => lines.map(({ message }) => message))).toEqual([['one'], ['two']])
  })

  it('a captured console is written by the reactor, and given back', () => {
    const log = new RecordingLogger()
    reactorWith(log)
    const own = console.log
    {
      using _capture = captureConsole()
      console.log('%s: %o', 'captured', [])
    }
    expect(console.log).toBe(own)
    expect(log.lines).toMatchObject([{ level: 'info', message: 'captured: [ [length]: 0 ]' }])
  })
})

describe('a logger that writes to a captured console', () => {
  it.each([
    ['a line of the console', () => console.log('hello')],
    ['a line of logger()', () => logger().info('hello')],
  ])('has %s written once, where it was before', async (_, write) => {
    const own = vi.spyOn(console, 'log').mockReturnValue()
    const log = new RecordingLogger()
    log.info = (_details, message) => console.log(`[info] ${message}`)
    await using _reactor = new Reactor({ logger: log })
    {
      using _outer = captureConsole()
      using _inner = captureConsole()
      write()
    }
    const written = [...own.mock.calls]
    own.mockRestore()
    expect(written).toEqual([['[info] hello']])
  })
})

describe('a thread that nobody listens to', () => {
  it('is not kept alive by its lines', async () => {
    const worker = new Worker(workerFile, { workerData: { task: 'logs', input: 3 }, stderr: true })
    expect(await once(worker, 'exit')).toEqual([0])
  })
})
