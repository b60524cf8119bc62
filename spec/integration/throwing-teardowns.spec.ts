import { addAbortListener } from 'node:events'
import { fileURLToPath } from 'node:url'
import { currentCall, eventual, fromPool, offload, type PoolOptions, Reactor } from 'rx-crochet'
import { firstValueFrom, lastValueFrom, NEVER, take } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFlag } from '../fixtures/flag.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { until } from '../fixtures/until.js'

const streamingWorker = new URL('../fixtures/streaming-worker.js', import.meta.url).href
const offloadWorker = new URL('../fixtures/offload-worker.js', import.meta.url).href

/** Keeps the errors of its lines too. */
class DetailedLog extends RecordedLog {
  readonly errors: unknown[] = []

  override warn(details: object, message: string): void {
    super.warn(details, message)
    this.errors.push(Reflect.get(details, 'err'))
  }
}

const error = new RangeError('of the teardown')
const fails = (): never => {
  throw error
}

let log: DetailedLog
let reactor: Reactor
/** What is called. */
let fn: () => unknown

beforeEach(() => {
  log = new DetailedLog()
  reactor = new Reactor({ logger: log })
  reactor.expose('service', { fn: () => fn(), never: () => NEVER, values: () => fn(), other: () => NEVER })
})
afterEach(() => reactor.stop())

/** This thread's own calls, for which no other is needed. */
const service = eventual<{ fn(): unknown }>('service')
const poolOf = (filename: string, options: PoolOptions = {}) =>
  reactor.createPool({ filename, minThreads: 1, maxThreads: 1, ...options })

async function logged(...lines: string[]): Promise<void> {
  await until(() => log.lines.length >= lines.length)
  expect(log.lines).toEqual(lines)
}

const TEARDOWN = 'A teardown of service.fn threw; its outcome stands'

function* generator() {
  try {
    for (;;) yield 1
  } finally {
    fails()
  }
}

async function* asyncGenerator() {
  yield* generator()
}

/** An async iterable whose iterator does that when it is left. */
const leftWith = (onLeft: () => unknown) => ({
  [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1 }), return: onLeft }),
})

describe('what an async iterable throws when it is left', () => {
  it.each<[what: string, make: () => unknown]>([
    ['its `finally` throws', asyncGenerator],
    ['its `return()` rejects', () => leftWith(() => Promise.reject(error))],
    ['its `return()` throws', () => leftWith(fails)],
    [
      'its `return` is a getter that throws',
      () => ({
        [Symbol.asyncIterator]: () =>
          Object.defineProperty({ next: async () => ({ value: 1 }) }, 'return', { get: fails }),
      }),
    ],
  ])('is logged, and the value stands: %s', async (_, make) => {
    fn = make
    expect(await service.fn().asPromise()).toBe(1)
    await logged(TEARDOWN)
    expect(log.errors).toEqual([error])
  })

  it('is nothing, if its `return()` gives no promise', async () => {
    fn = () => leftWith(() => undefined)
    expect(await service.fn().asPromise()).toBe(1)
    expect(log.lines).toEqual([])
  })

  it('is nothing, if it has ended by itself', async () => {
    fn = () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true }), return: fails }) })
    await expect(service.fn().asPromise()).rejects.toThrow('ended without a value')
    expect(log.lines).toEqual([])
  })

  it.each<[how: string, next: () => unknown, message: string]>([
    ['throws', fails, error.message],
    ['gives nothing', async () => undefined, 'undefined'],
  ])('and the call fails with what its `next()` does: %s', async (_, next, message) => {
    fn = () => ({ [Symbol.asyncIterator]: () => ({ next }) })
    await expect(service.fn().asPromise()).rejects.toThrow(message)
  })

  it('is logged of a shutdown trigger that took too long', async () => {
    const never = { next: () => new Promise(() => undefined), return: () => Promise.reject(error) }
    reactor.onShutdown('during', () => ({ [Symbol.asyncIterator]: () => never }), { timeout: 1 })
    await reactor.stop()
    await until(() => log.lines.length === 2)
    expect(log.lines.toSorted()).toEqual([
      expect.stringContaining('A shutdown trigger failed, and is skipped'),
      expect.stringContaining('A teardown of a shutdown trigger threw'),
    ])
  })
})

describe("a listener of a call's signal that throws", () => {
  it.each<[how: string, listen: (signal: AbortSignal, listener: () => unknown) => void]>([
    ['a function', (signal, listener) => signal.addEventListener('abort', listener)],
    ['a function, once', (signal, listener) => signal.addEventListener('abort', listener, { once: true })],
    ['an object', (signal, handleEvent) => signal.addEventListener('abort', { handleEvent })],
    [
      '`onabort`',
      (signal, listener) => {
        signal.onabort = listener
      },
    ],
    ['one of `addAbortListener()`', (signal, listener) => void addAbortListener(signal, listener)],
    ['one that is async', (signal, listener) => signal.addEventListener('abort', async () => listener())],
  ])('is logged, and disturbs nobody: %s', async (_, listen) => {
    let heard = 0
    let hasBegun = false
    fn = () => {
      const { signal } = currentCall()
      listen(signal, fails)
      signal.addEventListener('abort', () => heard++)
      hasBegun = true
      return NEVER
    }
    const answer = service.fn()
    await until(() => hasBegun)
    answer.cancel()
    expect(heard).toBe(1)
    await logged(TEARDOWN)
    expect(log.errors).toEqual([error])
  })

  it('can be taken off, and is called once if it is added twice', async () => {
    let heard = 0
    let hasBegun = false
    const twice = (): void => void heard++
    fn = () => {
      const { signal } = currentCall()
      const off = { handleEvent: fails }
      for (const listener of [fails, off, twice, twice]) signal.addEventListener('abort', listener)
      for (const listener of [fails, off]) signal.removeEventListener('abort', listener)
      hasBegun = true
      return NEVER
    }
    const answer = service.fn()
    await until(() => hasBegun)
    answer.cancel()
    expect(heard).toBe(1)
    expect(log.lines).toEqual([])
  })

  it('that is none is refused as by Node', async () => {
    // What it takes is what is tested.
    fn = () => currentCall().signal.addEventListener('abort', 'none' as never)
    await expect(service.fn().asPromise()).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
  })
})

describe('what the iterator of a stream throws', () => {
  const read = (task: object) => poolOf(streamingWorker).run(task, { name: 'read' })

  it.each([
    ['generator', generator],
    ['async generator', asyncGenerator],
  ])('when it is left is logged: %s', async (_, make) => {
    fn = make
    expect(await read({ most: 3 })).toMatchObject({ values: [1, 1, 1] })
    await logged('A teardown of service.values threw; its outcome stands')
    expect(log.errors).toEqual([error])
  })

  it.each<[how: string, step: () => object]>([
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
    ['in `then`', () => ({ then: fails })],
    ['when it is asked for `then`', () => Object.defineProperty({}, 'then', { get: fails })],
  ])('in a later step ends the stream: %s', async (_, step) => {
    fn = () => {
      const steps = [{ value: 1 }, { value: 2 }]
      return { [Symbol.asyncIterator]: () => ({ next: () => steps.shift() ?? step() }) }
    }
    expect(await read({ buffer: 1 })).toMatchObject({ values: [1, 2], end: { threw: { message: error.message } } })
    expect(log.lines).toEqual([])
  })
})

describe('what a task throws that was cancelled', () => {
  const name = (fn: string): string => `\`${fn}\` of ${fileURLToPath(offloadWorker)}`

  it.each(['throwingLeft', 'throwingLeftLater'])(
    'is logged when its generator is left at a yield: %s',
    async (kind) => {
      await firstValueFrom(fromPool(poolOf(offloadWorker), 'yields', { name: kind }))
      await logged(`A teardown of ${name(kind)} threw; its outcome stands`)
      expect(log.errors).toEqual([error])
    },
  )

  it.each(['throwingLeft', 'throwingLeftLater'])('is logged beside why it fails: %s', async (kind) => {
    const task = lastValueFrom(fromPool(poolOf(offloadWorker), 'yields what cannot be sent', { name: kind }))
    await expect(task).rejects.toThrow('cannot be sent from its thread')
    await logged(`A teardown of ${name(kind)} threw; its outcome stands`)
  })

  it.each(['throwingLeft', 'failsInFinally'])('is logged when it sleeps in a call: %s', async (kind) => {
    const subscription = fromPool(poolOf(offloadWorker), 'sleeps', { name: kind }).subscribe()
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    subscription.unsubscribe()
    await logged(`A task \`${kind}\` was cancelled, and then threw; nobody gets what it threw`)
    expect(log.errors).toEqual([error])
  })

  it.each(['sleep', 'failsByCancelling'])('is not logged if that is why it ends: %s', async (kind) => {
    const pool = poolOf(offloadWorker)
    const flags = { begun: newFlag(), ended: newFlag(), how: 'blocking' }
    const subscription = fromPool(pool, flags, { name: kind }).subscribe()
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    subscription.unsubscribe()
    await pool.run(1)
    expect(log.lines).toEqual([])
  })
})

describe('what the source of offload() throws when it is left', () => {
  it.each([
    ['generator', generator],
    ['async generator', asyncGenerator],
  ])('is logged, and the failure stands: %s', async (_, source) => {
    const pool = poolOf(offloadWorker)
    const tasks = offload<number, unknown>(pool, { name: 'fail', concurrency: 1 })(source())
    await expect(lastValueFrom(tasks)).rejects.toThrow('1')
    await logged('The source of offload() threw when it was left; what it ended with stands')
    expect(log.errors).toEqual([error])
  })

  it('is logged when it is left by a result', async () => {
    const tasks = offload<number, number>(poolOf(offloadWorker), { name: 'double', concurrency: 1 })(generator())
    expect(await lastValueFrom(tasks.pipe(take(2)))).toBe(2)
    await logged('The source of offload() threw when it was left; what it ended with stands')
  })
})
