import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { captureConsole, logger, NotSetUpError, Reactor } from 'rx-crochet'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type LogLine, RecordingLogger } from '../fixtures/lifecycle-support.js'
import { type Form, forms } from '../fixtures/logs-forms.js'

const workerFile = new URL('../fixtures/logs-worker.js', import.meta.url)

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
    ['cloneable', 'cloneable', { date: new Date(0), map: new Map([[1, 2]]), big: 5n, none: undefined }],
    ['own properties that look like prototypes', 'a prototype', JSON.parse('{"__proto__":{"x":1}}')],
  ])('with %s', (form, message, details) => {
    expect(lines[form]).toEqual({ level: 'warn', message, details: { ...details, thread } })
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

  it.each(['debug', 'info', 'warn', 'error'] as const)('%s() without a reactor is a NotSetUpError', (level) => {
    const log = logger()
    expect(() => log[level]('lost')).toThrow(NotSetUpError)
    expect(() => log.child({ a: 1 })[level]('lost')).toThrow(/^logger\(\) was called in the main thread/)
  })

  it('it is a NotSetUpError again when the reactor has stopped', async () => {
    await reactorWith(new RecordingLogger()).stop()
    expect(() => logger().warn('late')).toThrow(NotSetUpError)
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

describe('a thread that nobody listens to', () => {
  it('is not kept alive by its lines', async () => {
    const worker = new Worker(workerFile, { workerData: { task: 'logs', input: 3 } })
    expect(await once(worker, 'exit')).toEqual([0])
  })
})
