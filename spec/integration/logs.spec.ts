import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { logger, Reactor, type ReactorOptions } from 'rx-crochet'
import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canSignal } from '../fixtures/can-signal.js'
import { Deferred, Door, RecordingLogger, until } from '../fixtures/lifecycle-support.js'
import type { Counted, Death, Passing } from '../fixtures/logs-tasks.js'
import { onOwnMessage } from '../fixtures/own-messages.js'
import { Child } from '../fixtures/process-end-child.js'

const tasks = new URL('../fixtures/logs-tasks.js', import.meta.url).href
const workerFile = new URL('../fixtures/logs-worker.js', import.meta.url)
/** How many lines of a thread may wait. */
const MOST_WAITING = 1_000

let log: RecordingLogger
let reactor: Reactor
let pools: Piscina[]
let workers: Worker[]
let doors: Door[]
let children: Child[]
/** Ends the calls that otherwise only the reactor's stop does. */
let answer: Subject<void>

beforeEach(() => {
  answer = new Subject()
  pools = []
  workers = []
  doors = []
  children = []
  log = new RecordingLogger()
  reactor = reactorWith({ logger: log })
})

afterEach(async () => {
  for (const one of doors) one.open()
  for (const child of children) child.kill('SIGKILL')
  await reactor.stop()
  await Promise.all([...pools.map((pool) => pool.destroy()), ...workers.map((worker) => worker.terminate())])
})

function reactorWith(options: ReactorOptions): Reactor {
  const one = new Reactor(options)
  one.expose('svc', { echo: (value: unknown) => value, hang: () => answer })
  return one
}

/** A reactor whose logger does that with each line's message. */
function writes(write: (message: string) => unknown): void {
  log.warn = (details, message) => {
    log.lines.push({ level: 'warn', message, details })
    write(message)
  }
}

function door(): Door {
  const one = new Door()
  doors.push(one)
  return one
}

function createdPool(threads = 1): Piscina {
  return reactor.createPool({ filename: tasks, minThreads: threads, maxThreads: threads })
}

function attachedPool(): Piscina {
  const pool = new Piscina({ filename: tasks, maxThreads: 1 })
  pools.push(pool)
  reactor.attach(pool)
  return pool
}

function attachedWorker(task: string, input?: unknown): Worker {
  const worker = new Worker(workerFile, { workerData: { task, input } })
  workers.push(worker)
  reactor.attach(worker)
  return worker
}

/** A Worker that nobody has attached, and gives what it writes to standard error. */
function workerWithErrors(task: string, input?: unknown): { worker: Worker; errors: Promise<string[]> } {
  const worker = new Worker(workerFile, { workerData: { task, input }, stderr: true })
  workers.push(worker)
  return { worker, errors: text(worker.stderr).then((all) => all.split('\n').slice(0, -1)) }
}

/** Starts a task in a thread that lives on, and gives that thread's id and what its lines say of it. */
type Start = (name: string, input?: unknown) => object

const inPool =
  (pool: () => Piscina): Start =>
  (name, input) => {
    const one = pool()
    one.run(input, { name }).catch(() => undefined)
    return { thread: one.threads[0]?.threadId, pool: 'logs-tasks.js' }
  }

const kinds: readonly (readonly [kind: string, start: Start])[] = [
  ['a pool of createPool()', inPool(() => createdPool())],
  ['an attached Piscina', inPool(attachedPool)],
  ['a Worker', (name, input) => ({ thread: attachedWorker(name, input).threadId })],
]

function messages(): string[] {
  return log.lines.map(({ message }) => message)
}

function numbered(lines: number): string[] {
  return Array.from({ length: lines }, (_, line) => `line ${line}`)
}

async function written(lines: number): Promise<void> {
  await until(() => log.lines.length >= lines)
}

async function asleep(): Promise<void> {
  await until(() => reactor.pending().some(({ waiting }) => waiting))
}

/** Blocks this thread, and so the loop, until that many lines were logged elsewhere. */
function blockUntil(count: Int32Array<SharedArrayBuffer>, lines: number): void {
  for (let seen = Atomics.load(count, 0); seen < lines; seen = Atomics.load(count, 0)) Atomics.wait(count, 0, seen)
}

function newCount(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
}

describe.each(kinds)('a thread of %s', (_kind, start) => {
  it('logs while it is blocked in a call that never ends, in order, and says which thread it is', async () => {
    const origin = start('logsAndSleeps', 3)
    await asleep()
    await written(3)
    expect(log.lines).toEqual(numbered(3).map((message) => ({ level: 'warn', message, details: origin })))
  })

  it('logs while it is blocked by something else', async () => {
    const [logged, never] = [door(), door()]
    start('logsAndPasses', { lines: 2, logged: logged.word, door: never.word } satisfies Passing)
    await written(2)
    expect(never.isOpen).toBe(false)
    expect(messages()).toEqual(numbered(2))
  })

  it('logs when stop() has woken it', async () => {
    start('logsAndSleeps', 1)
    await asleep()
    reactor.onShutdown('during', () => written(2))
    await reactor.stop()
    expect(messages()).toEqual(['line 0', 'unwound'])
  })

  it('logs before its connection is accepted', async () => {
    const [logged, passing] = [door(), door()]
    const origin = start('logsAndPasses', { lines: 3, logged: logged.word, door: passing.word } satisfies Passing)
    // The thread's request waits for this loop.
    logged.pass()
    expect(messages()).toEqual([])
    await written(3)
    passing.open()
    await written(4)
    expect(log.lines.map(({ message, details }) => ({ message, details }))).toEqual(
      [...numbered(3), 'passed'].map((message) => ({ message, details: origin })),
    )
  })

  it('logs during the grace', async () => {
    const [logged, passing] = [door(), door()]
    start('logsAndPasses', { lines: 1, logged: logged.word, door: passing.word } satisfies Passing)
    await written(1)
    attachedPool().run(undefined, { name: 'sleeps' })
    await asleep()
    const stopped = reactor.stop({ grace: 60_000 })
    passing.open()
    await written(2)
    expect(messages()).toEqual(['line 0', 'passed'])
    answer.next()
    expect(await stopped).toMatchObject({ interrupted: 0 })
  })

  it.each([undefined, 'error', 'silent'] as const)(
    'writes to its console, captured, while it is blocked, at logLevel %s',
    async (logLevel) => {
      if (logLevel !== undefined) reactor.logLevel = logLevel
      start('writesToConsole')
      await asleep()
      await written(5)
      expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
        ['debug', 'debug 1'],
        ['info', "log formatted { and: 'more' }"],
        ['info', 'info %%'],
        ['warn', 'an error [ 1 ]'],
        ['error', ''],
      ])
    },
  )
})

describe('captures of the console, one within the other', () => {
  it('write a line once each, and give the console back', async () => {
    expect(await createdPool().run(undefined, { name: 'restoresConsole' })).toEqual([false, false, true])
    await written(2)
    expect(messages()).toEqual(['in both', 'in one'])
  })
})

describe('many lines', () => {
  it('arrive in order, 50,000 in a tight loop', async () => {
    await createdPool().run(50_000, { name: 'logs' })
    await written(50_000)
    expect(messages()).toEqual(numbered(50_000))
  })

  it('of several threads arrive in the order of each', async () => {
    const pool = createdPool(4)
    const lines = 2 * MOST_WAITING
    await Promise.all(pool.threads.map(() => pool.run(lines, { name: 'logs' })))
    await written(4 * lines)
    // Which thread takes how many tasks is for the pool to say.
    for (const { threadId } of pool.threads) {
      const own = log.lines.filter(({ details }) => Reflect.get(details, 'thread') === threadId)
      const tasksDone = Array.from({ length: own.length / lines }, () => numbered(lines))
      expect(own.map(({ message }) => message)).toEqual(tasksDone.flat())
    }
  })

  it('between calls appear in order, and calls are answered', async () => {
    expect(await createdPool().run(50, { name: 'logsBetweenCalls' })).toEqual(Array.from({ length: 50 }, (_, i) => i))
    await written(50)
    expect(messages()).toEqual(Array.from({ length: 50 }, (_, i) => `before ${i}`))
  })
})

describe('a logger that is slow', () => {
  /** Some ms, for which the logger holds the loop. */
  function holdLoop(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }

  it('leaves calls of the same and of other threads their turns', async () => {
    writes(holdLoop)
    const end = newCount()
    const logging = createdPool().run(end, { name: 'logsUntil' })
    await written(1)
    // If these never had their turns, the thread would never hear that it is to end.
    await attachedPool().run(10, { name: 'logsBetweenCalls' })
    Atomics.store(end, 0, 1)
    writes(() => undefined)
    const lines: number = await logging
    await until(() => messages().filter((message) => message.startsWith('line')).length >= lines)
    expect(messages().filter((message) => message.startsWith('line'))).toEqual(numbered(lines))
  })

  it('holds the thread up when 1,000 of its lines wait, and loses none', async () => {
    const count = newCount()
    const lines = 2 * MOST_WAITING
    let most = 0
    writes((message) => {
      // Of each thousand the thread could fill what is free; for the rest the logger is quick.
      if (message === 'line 0') blockUntil(count, MOST_WAITING)
      most = Math.max(most, Atomics.load(count, 0) - log.lines.length + 1)
    })
    await createdPool().run({ lines, count } satisfies Counted, { name: 'logsCounted' })
    await written(lines)
    expect(messages()).toEqual(numbered(lines))
    expect(most).toBe(MOST_WAITING)
  })

  it('has lines dropped when it is stuck, counted, and the count logged before the next line', async () => {
    const count = newCount()
    const dropped = 2
    const sent = MOST_WAITING
    const passing = door()
    writes((message) => {
      if (message === 'line 0') blockUntil(count, sent + dropped)
    })
    const input: Counted = { lines: sent + dropped + 1, count, stopAt: sent + dropped, door: passing.word }
    const done = createdPool().run(input, { name: 'logsCounted' })
    await written(sent)
    passing.open()
    await done
    await written(sent + 2)
    expect(messages()).toEqual([
      ...numbered(sent),
      `${dropped} lines of this thread were dropped here, for the log was too slow`,
      `line ${sent + dropped}`,
    ])
  })
})

describe('what a thread prints, captured', () => {
  it('goes to standard error when the log is stuck, and is not dropped', async () => {
    const count = newCount()
    const [sent, more] = [MOST_WAITING, 3]
    log.info = (details, message) => {
      log.lines.push({ level: 'info', message, details })
      if (message === 'line 0') blockUntil(count, sent + more)
    }
    const errors = await createdPool().run({ lines: sent + more, count }, { name: 'printsCounted' })
    await written(sent)
    expect(messages()).toEqual(numbered(sent))
    expect(errors).toEqual(
      numbered(sent + more)
        .slice(sent)
        .map((line) => `${line}\n`),
    )
  })
})

describe('what nobody reads goes to standard error, once and in order:', () => {
  it('lines of a thread that logs all the time while the reactor stops', async () => {
    const end = newCount()
    const { worker, errors } = workerWithErrors('logsUntil', end)
    const lines = new Promise<number>((resolve) => {
      worker.on('message', (message: { result?: number }) => void (message.result && resolve(message.result)))
    })
    reactor.attach(worker)
    await written(1)
    await reactor.stop()
    const logged = messages()
    await nextTurn()
    Atomics.store(end, 0, 1)
    expect([...logged, ...(await errors)]).toEqual(numbered(await lines))
    expect(messages()).toEqual(logged)
  })

  it('lines of a thread that no reactor accepts, and how many were dropped', async () => {
    const lines = MOST_WAITING + 2
    const { errors } = workerWithErrors('logs', lines)
    expect(await errors).toEqual([
      ...numbered(MOST_WAITING),
      '2 lines of this thread were dropped here, for the log was too slow',
    ])
  })

  it('lines of a thread that asks when the reactor is about to stop', async () => {
    const { worker, errors } = workerWithErrors('logs', 3)
    reactor.attach(worker)
    reactor.onShutdown('during', () => errors, { timeout: Number.POSITIVE_INFINITY })
    await reactor.stop()
    expect(await errors).toEqual(numbered(3))
    expect(messages()).toEqual([])
  })

  it('lines of a thread that has asked when the reactor is about to stop', async () => {
    const [logged, passing] = [door(), door()]
    const input: Passing = { lines: 3, logged: logged.word, door: passing.word }
    const { worker, errors } = workerWithErrors('logsAndPasses', input)
    reactor.attach(worker)
    // The thread's request, and its lines, wait for this loop.
    logged.pass()
    reactor.onShutdown('during', () => errors, { timeout: Number.POSITIVE_INFINITY })
    const stopped = reactor.stop()
    passing.open()
    await stopped
    expect(await errors).toEqual([...numbered(3), 'passed'])
    expect(messages()).toEqual([])
  })

  it('lines of a thread that another reactor attaches before it looks again', async () => {
    const [logged, passing] = [door(), door()]
    const input: Passing = { lines: 3, logged: logged.word, door: passing.word }
    const { worker, errors } = workerWithErrors('logsAndPasses', input)
    reactor.attach(worker)
    logged.pass()
    const asked = new Promise<void>((resolve) => onOwnMessage(worker, () => resolve()))
    reactor.onShutdown('during', () => asked)
    await reactor.stop()
    reactor = reactorWith({ logger: log })
    reactor.attach(worker)
    passing.open()
    expect(await errors).toEqual(numbered(3))
    await written(1)
    expect(messages()).toEqual(['passed'])
  })

  it('lines of a thread that was detached', async () => {
    const [heard, told] = [door(), door()]
    const lines = 2 * MOST_WAITING
    const { worker, errors } = workerWithErrors('logsManyWhenTold', { heard: heard.word, told: told.word, lines })
    const attachment = reactor.attach(worker)
    await until(() => heard.isOpen)
    attachment[Symbol.dispose]()
    told.open()
    expect(await errors).toEqual(numbered(lines))
    expect(messages()).toEqual([])
  })
})

it('a line of a function that was called comes after what its thread had logged before, though the log is slow', async () => {
  writes(() => {
    const end = performance.now() + 3
    while (performance.now() < end);
  })
  const own = logger()
  const says = (value: unknown): unknown => {
    own.warn(`called with ${String(value)}`)
    return value
  }
  await reactor.stop()
  reactor = new Reactor({ logger: log })
  reactor.expose('svc', { echo: says })
  expect(await createdPool().run(3, { name: 'logsBetweenCalls' })).toEqual([0, 1, 2])
  await written(6)
  expect(messages()).toEqual(['before 0', 'called with 0', 'before 1', 'called with 1', 'before 2', 'called with 2'])
})

describe('a logger that throws', () => {
  it('is survived by the lines after it, and by calls', async () => {
    writes((message) => {
      if (message.endsWith('1')) throw new Error('disk full')
    })
    expect(await createdPool().run(4, { name: 'logsBetweenCalls' })).toEqual([0, 1, 2, 3])
    await written(4)
    expect(messages()).toEqual(['before 0', 'before 1', 'before 2', 'before 3'])
  })
})

describe('what a thread has logged when it dies', () => {
  it.each<readonly [Death]>([['exit'], ['crash'], ['crash later']])('by %s, in a pool, is written', async (death) => {
    await createdPool()
      .run({ lines: 50, death }, { name: 'logsAndDies' })
      .catch(() => undefined)
    await written(50)
    expect(messages()).toEqual(numbered(50))
  })

  it.each<readonly [Death]>([['exit'], ['crash'], ['crash later']])('by %s, in a Worker, is written', async (death) => {
    attachedWorker('logsAndDies', { lines: 50, death }).on('error', () => undefined)
    await written(50)
    expect(messages()).toEqual(numbered(50))
  })
})

describe('what a thread has logged when it is ended, doing nothing else for ever,', () => {
  const input = (logged: Door): object => ({ lines: MOST_WAITING, logged: logged.word })

  it('is written, by the abort of its task', async () => {
    const logged = door()
    const aborted = new AbortController()
    const task = createdPool().run(input(logged), { name: 'logsAndLoops', signal: aborted.signal })
    await until(() => logged.isOpen)
    aborted.abort()
    await expect(task).rejects.toThrow('aborted')
    await written(MOST_WAITING)
    expect(messages()).toEqual(numbered(MOST_WAITING))
  })

  it('is written, by terminate()', async () => {
    const logged = door()
    const worker = attachedWorker('logsAndLoops', input(logged))
    logged.pass()
    await worker.terminate()
    await written(MOST_WAITING)
    expect(messages()).toEqual(numbered(MOST_WAITING))
  })
})

describe('levels', () => {
  const all = ['at debug', 'at info', 'at warn', 'at error']

  it.each([
    [undefined, all],
    ['trace', all],
    ['debug', all],
    ['info', all.slice(1)],
    ['warn', all.slice(2)],
    ['error', all.slice(3)],
    ['fatal', []],
    ['silent', []],
  ] as const)('with logLevel %s a logger of the application is given %j', async (logLevel, expected) => {
    await reactor.stop()
    reactor = reactorWith({ logger: log, ...(logLevel && { logLevel }) })
    attachedWorker('logsLevels')
    await new Promise((resolve) => workers[0]?.once('message', resolve))
    await reactor.stop()
    expect(log.lines.map(({ level, message }) => [`at ${level}`, message])).toEqual(
      expected.map((message) => [message, message]),
    )
  })
})

/** The messages of pino's lines. */
function messagesOf(text: string): string[] {
  const pinoLines = text.split('\n').filter((line) => line.startsWith('{'))
  return pinoLines.map((line) => (JSON.parse(line) as { msg: string }).msg)
}

function child(scenario: string, input: object = {}): Child {
  const one = new Child('./logs-program.js', scenario, input)
  children.push(one)
  return one
}

describe('without a logger', () => {
  it('lines appear on standard error while the thread is blocked, as pino’s', async () => {
    const program = child('sleeps', { lines: 2 })
    await program.says('asleep')
    await until(() => program.errors.includes('line 1'))
    const lines = program.errors
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { name: 'rx-crochet', level: 40, msg: 'line 0', thread: expect.any(Number), pool: 'logs-tasks.js' },
      { name: 'rx-crochet', level: 40, msg: 'line 1', thread: expect.any(Number), pool: 'logs-tasks.js' },
    ])
    expect(program.lines).toEqual(['asleep'])
  })

  it.each([
    [undefined, ['at warn', 'at error']],
    ['debug', ['at debug', 'at info', 'at warn', 'at error']],
    ['error', ['at error']],
    ['silent', []],
  ])('with logLevel %s it writes %j', async (logLevel, expected) => {
    const program = child('levels', { logLevel })
    await program.end
    expect(messagesOf(program.errors)).toEqual(expected)
  })
})

describe('all that a thread has logged is written before the process ends', () => {
  it.each([
    ['process.exit()', [3, null]],
    ['an uncaught exception', [1, null]],
    ['an unhandled rejection', [1, null]],
  ] as const)('by %s in the turn in which it was logged', async (by, end) => {
    const program = child('endsBy', { by, lines: 100 })
    expect(await program.end).toEqual(end)
    expect(messagesOf(program.errors)).toEqual(numbered(100))
  })

  it.runIf(canSignal)('by a signal that stops the reactor first', async () => {
    const program = child('endsBy', { by: 'a signal', lines: 100 })
    expect(await program.end).toEqual([null, 'SIGTERM'])
    expect(messagesOf(program.errors)).toEqual([...numbered(100), 'passed'])
  })

  it('by having nothing left to do', async () => {
    const program = child('ends', { lines: 100 })
    expect(await program.end).toEqual([0, null])
    expect(messagesOf(program.errors)).toEqual(numbered(100))
  })
})

describe('stop() flushes a pino logger', () => {
  // That of a transport says only that its thread has read the lines, and not that it has written them.
  it('with an asynchronous destination', async () => {
    const program = child('stops', { lines: 100 })
    expect(await program.end).toEqual([null, 'SIGKILL'])
    expect(messagesOf(program.lines.join('\n'))).toEqual(numbered(100))
  })
})

describe('a thread of a pool that unwinds', () => {
  it.each([
    ['of createPool()', () => createdPool()],
    ['that was attached', attachedPool],
  ])('%s, has its lines written before the `after` triggers', async (_, pool) => {
    pool()
      .run(1, { name: 'logsAndSleeps' })
      .catch(() => undefined)
    await asleep()
    let then: string[] = []
    reactor.onShutdown('after', () => {
      then = messages()
    })
    await reactor.stop()
    expect(then).toEqual(['line 0', 'unwound'])
  })
})

describe('a line that a Worker logs when stop() is over', () => {
  it('goes to standard error', async () => {
    const program = child('unheard')
    expect(await program.end).toEqual([0, null])
    expect(program.errors.split('\n')).toEqual([expect.stringContaining('"msg":"at first"'), 'at last', ''])
  })
})

describe('stop() ends with a logger whose flush', () => {
  const flushes: Readonly<Record<string, (done?: (error?: Error) => void) => unknown>> = {
    'never calls back': (_done) => undefined,
    'calls back': (done) => done?.(),
    'calls back with an error': (done) => done?.(new Error('disk full')),
    'calls back later': (done) => setImmediate(() => done?.()),
    'calls back twice': (done) => {
      done?.()
      done?.()
    },
    'throws something': (_done) => {
      throw undefined
    },
    throws: () => {
      throw new Error('disk full')
    },
    'returns a promise that is rejected': () => Promise.reject(new Error('disk full')),
    'returns a promise': () => nextTurn(),
    'returns a promise that never settles': () => new Promise(() => undefined),
    'takes no callback': () => 5,
  }

  it.each(Object.keys(flushes).map((what) => [what] as const))('%s', async (what) => {
    Reflect.set(log, 'flush', flushes[what])
    await expect(reactor.stop()).resolves.toMatchObject({ interrupted: 0 })
  })

  it.each<readonly [string, (done: Promise<void>) => (callback?: (error?: Error) => void) => unknown]>([
    ['returns a promise, when that is fulfilled', (done) => () => done],
    ['calls back, when it does', (done) => (callback) => void done.then(() => callback?.())],
  ])('%s', async (_, flushOf) => {
    const done = new Deferred()
    const called = new Deferred()
    const flush = flushOf(done.promise)
    const events: string[] = []
    // Of the same length, by which the two ways are told apart.
    const noting = (): unknown => {
      called.resolve()
      return flush()
    }
    const notingWithCallback = (callback?: (error?: Error) => void): unknown => {
      called.resolve()
      return flush(callback)
    }
    Reflect.set(log, 'flush', flush.length === 0 ? noting : notingWithCallback)
    const stopped = reactor.stop().then(() => events.push('stopped'))
    await called.promise
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    events.push('flushed')
    done.resolve()
    await stopped
    expect(events).toEqual(['flushed', 'stopped'])
  })

  it('is a method of it', async () => {
    let owner: unknown
    Reflect.set(log, 'flush', function (this: unknown) {
      owner = this
    })
    await reactor.stop()
    expect(owner).toBe(log)
  })

  // Twice, for pino's first one leaves what is behind a write that is under way.
  it('is called when all else is done, and again when that is written', async () => {
    const events: string[] = []
    Reflect.set(log, 'flush', () => void events.push('flush'))
    reactor.onShutdown('after', () => events.push('after'))
    await Promise.all([reactor.stop(), reactor.stop()])
    expect(events).toEqual(['after', 'flush', 'flush'])
  })
})

describe('of listeners to the end of the process', () => {
  it('there is one however many reactors there are, and none when all have stopped', async () => {
    const others = process.listenerCount('exit') - 1
    const more = [reactorWith({ logger: log }), reactorWith({ logger: log })]
    expect(process.listenerCount('exit')).toBe(others + 1)
    await more[0]?.stop()
    expect(process.listenerCount('exit')).toBe(others + 1)
    await Promise.all([more[1]?.stop(), reactor.stop()])
    expect(process.listenerCount('exit')).toBe(others)
    reactor = reactorWith({ logger: log })
    expect(process.listenerCount('exit')).toBe(others + 1)
  })
})
