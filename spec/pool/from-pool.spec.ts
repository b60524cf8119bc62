import { setTimeout as wait } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { type Executor, fromPool, Reactor, type TaskOptions } from 'rx-crochet'
import { firstValueFrom, lastValueFrom, NEVER, retry, toArray } from 'rxjs'
import { Tinypool } from 'tinypool'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Flag, newFlag, raise } from '../fixtures/flag.js'
import type { Service, Sleep } from '../fixtures/offload-worker.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import type { Seen } from '../fixtures/seen.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/offload-worker.js', import.meta.url).href
const service: Record<keyof Service, () => unknown> = { never: () => NEVER, now: () => 'value' }

let log: RecordedLog
let reactor: Reactor
let pool: Piscina

beforeEach(() => start())
afterEach(() => reactor.stop())

function start(options: ConstructorParameters<typeof Piscina>[0] = {}): void {
  log = new RecordedLog()
  reactor = new Reactor({ logger: log })
  reactor.expose('service', service)
  pool = reactor.createPool({ filename, minThreads: 1, maxThreads: 1, ...options })
}

async function startAnew(options: ConstructorParameters<typeof Piscina>[0]): Promise<void> {
  await reactor.stop()
  start(options)
}

const up = (flag: Flag): Promise<void> => until(() => Atomics.load(flag, 0) !== 0)
const threadOf = (its = pool): Promise<number> => its.run(undefined, { name: 'whichThread' })
const told = () => ({ begun: newFlag(), ended: newFlag() })

/** Runs a task, and cancels it when it has begun; returns what it saw. */
async function cancel(name: string, task: object = {}, options: TaskOptions = {}, its = pool): Promise<Seen> {
  const flags = told()
  const subscription = fromPool(its, { ...task, ...flags }, { name, ...options }).subscribe()
  await up(flags.begun)
  if ('how' in task) await until(() => reactor.pending().some(({ waiting }) => waiting))
  subscription.unsubscribe()
  await up(flags.ended)
  const [seen]: Seen[] = await its.run(undefined, { name: 'takeSeen' })
  return seen ?? { returned: 'nothing' }
}

describe('fromPool()', () => {
  it('emits the result of the task, and completes', async () => {
    expect(await lastValueFrom(fromPool(pool, 21, { name: 'double' }).pipe(toArray()))).toStrictEqual([42])
  })

  it('runs the default export of the pool unless it is told otherwise', async () => {
    expect(await firstValueFrom(fromPool(pool, 1))).toStrictEqual(['default', 1])
  })

  it('runs functions of another file', async () => {
    const other = new URL('../fixtures/nested.js', import.meta.url).href
    await expect(firstValueFrom(fromPool(pool, 1, { filename: other, name: 'missing' }))).rejects.toThrow(
      'No handler function exported from',
    )
  })

  it('is cold: each subscription runs the task, and none does without', async () => {
    const flags = [newFlag(), newFlag()]
    const [begun, go] = flags as [Flag, Flag]
    const thread$ = fromPool<object, number>(pool, { begun, go }, { name: 'hold' })
    await threadOf()
    expect(begun[0]).toBe(0)
    raise(go)
    expect(await firstValueFrom(thread$)).toBe(await firstValueFrom(thread$))
  })

  it('fails with the failure of the task, whole', async () => {
    await expect(firstValueFrom(fromPool(pool, 'no', { name: 'fail' }))).rejects.toStrictEqual(
      new RangeError('no', { cause: 'whole' }),
    )
  })

  it('fails whole in a Piscina that the application made, too', async () => {
    const bare = new Piscina({ filename, maxThreads: 1 })
    await expect(firstValueFrom(fromPool(bare, 'no', { name: 'fail' }))).rejects.toBeInstanceOf(RangeError)
    await bare.close()
  })

  it('can be retried', async () => {
    let tries = 0
    const counted: Executor<string, string> = {
      run: (task, options) => {
        tries += 1
        return tries < 3 ? pool.run(task, { ...options, name: 'fail' }) : pool.run(task, options)
      },
    }
    expect(await firstValueFrom(fromPool(counted, 'task').pipe(retry(2)))).toStrictEqual(['default', 'task'])
  })

  it.each(['exit', 'throw'])('fails alone when its thread crashes (%s), and can be retried', async (how) => {
    await startAnew({ minThreads: 2, maxThreads: 2, concurrentTasksPerWorker: 4 })
    const [begun, go] = [newFlag(), newFlag()]
    const neighbour = firstValueFrom(fromPool(pool, { begun, go }, { name: 'hold' }))
    await up(begun)
    let failures = 0
    const crashing = fromPool(pool, how, { name: 'crash' }).pipe(
      retry({
        count: 2,
        delay: () => {
          failures += 1
          return [0]
        },
      }),
    )
    await expect(lastValueFrom(crashing)).rejects.toThrow(how === 'exit' ? 'exited' : 'uncaught')
    expect(failures).toBe(2)
    raise(go)
    expect(await neighbour).toBeTypeOf('number')
    expect(await firstValueFrom(fromPool(pool, 2, { name: 'double' }))).toBe(4)
  })

  it('fails with ReactorStopped when the reactor of the pool has stopped', async () => {
    await reactor.stop()
    await expect(firstValueFrom(fromPool(pool, 1))).rejects.toMatchObject({ name: 'ReactorStopped' })
  })

  it('passes on what an executor throws instead of returning a promise', async () => {
    const broken: Executor<number, number> = {
      run: () => {
        throw new RangeError('at once')
      },
    }
    await expect(firstValueFrom(fromPool(broken, 1))).rejects.toThrow('at once')
  })

  it.each<[unknown, unknown, string]>([
    [{}, {}, 'fromPool() takes a Piscina, or something else with its `run`; it was given `[Object]`'],
    [null, {}, 'it was given `null`'],
    [{ run: () => undefined }, null, 'fromPool() takes an object with options; it was given `null`'],
    [{ run: () => undefined }, { grace: -1 }, 'options.grace of fromPool() is `-1`'],
    [{ run: () => undefined }, { grace: '1' }, "options.grace of fromPool() is `'1'`"],
    [{ run: () => undefined }, { buffer: 0 }, 'options.buffer of fromPool() is `0`'],
    [{ run: () => undefined }, { buffer: 1.5 }, 'options.buffer of fromPool() is `1.5`'],
    [{ run: () => undefined }, { name: 5 }, 'options.name of fromPool() is `5`'],
    [{ run: () => undefined }, { filename: new URL('file:///x') }, 'options.filename of fromPool() is `[URL]`'],
  ])('refuses %s with %s', (executor, options, message) => {
    expect(() => Reflect.apply(fromPool, undefined, [executor, 1, options])).toThrow(message)
  })
})

describe('unsubscribing', () => {
  it.each(['spin', 'spinLater', 'spinLaterByPromise'])(
    'is seen by isCancelled() and throwIfCancelled(), in %s',
    async (name) => {
      const thread = await threadOf()
      const seen = await cancel(name)
      if (name === 'spin') expect(seen).toMatchObject({ returned: [true, { threw: { class: 'CancelledError' } }] })
      else expect(seen).toStrictEqual({ returned: 'later' })
      expect(await threadOf()).toBe(thread)
    },
  )

  it.each<Sleep>(['blocking', 'wait', 'waitAll', 'waitAllSettled'])(
    'wakes a thread that sleeps in %s with CancelledError',
    async (how) => {
      const thread = await threadOf()
      expect(await cancel('sleep', { how }, { grace: Number.POSITIVE_INFINITY })).toMatchObject({
        threw: { class: 'CancelledError', message: expect.stringContaining('The task `sleep` of') },
      })
      expect(await threadOf()).toBe(thread)
    },
  )

  it('unsubscribes a blocking call in which the thread slept', async () => {
    await cancel('sleep', { how: 'blocking' })
    await threadOf()
    await until(() => reactor.pending().length === 0)
    expect(await reactor.stop()).toMatchObject({ interrupted: 0, unretrieved: 0 })
  })

  it('wakes threads of a Piscina that the application made', async () => {
    const bare = new Piscina({ filename, minThreads: 1, maxThreads: 1 })
    reactor.attach(bare)
    const thread = await threadOf(bare)
    expect(await cancel('sleep', { how: 'blocking' }, { grace: Number.POSITIVE_INFINITY }, bare)).toMatchObject({
      threw: { class: 'CancelledError' },
    })
    expect(await threadOf(bare)).toBe(thread)
  })

  it('has every later blocking call throw, and lets calls be started', async () => {
    expect(await cancel('afterwards')).toMatchObject({
      returned: {
        blocking: { threw: { class: 'CancelledError', message: expect.stringContaining('service.now() throws this') } },
        wait: { threw: { class: 'CancelledError' } },
        settled: 'boolean',
      },
    })
  })

  it('terminates a thread that does not react within the grace, and leaves others alone', async () => {
    await startAnew({ minThreads: 2, maxThreads: 2 })
    const [begun, go, stuck] = [newFlag(), newFlag(), newFlag()]
    const neighbour = firstValueFrom(fromPool(pool, { begun, go }, { name: 'hold' }))
    await up(begun)
    const subscription = fromPool(pool, { begun: stuck }, { name: 'stubborn', grace: 20 }).subscribe()
    await up(stuck)
    const threads = [...pool.threads]
    subscription.unsubscribe()
    expect(pool.threads).toStrictEqual(threads)
    await until(() => pool.threads.some((thread) => !threads.includes(thread)))
    raise(go)
    expect(threads.map(({ threadId }) => threadId)).toContain(await neighbour)
  })

  it('terminates at once without grace', async () => {
    const begun = newFlag()
    const subscription = fromPool(pool, { begun }, { name: 'stubborn', grace: 0 }).subscribe()
    await up(begun)
    const threads = [...pool.threads]
    subscription.unsubscribe()
    expect(pool.threads).not.toContain(threads[0])
  })

  it('leaves a thread alone that has come to the end of its task', async () => {
    const thread = await threadOf()
    await cancel('spin', {}, { grace: 500 })
    // Begun later, and longer: so the grace is over before.
    await wait(501)
    expect(await threadOf()).toBe(thread)
  })

  it('keeps a task that is still in the queue from being begun', async () => {
    const [begun, go] = [newFlag(), newFlag()]
    const first = firstValueFrom(fromPool(pool, { begun, go }, { name: 'hold' }))
    await up(begun)
    const queued = told()
    fromPool(pool, queued, { name: 'spin', grace: Number.POSITIVE_INFINITY }).subscribe().unsubscribe()
    raise(go)
    await first
    await threadOf()
    expect(queued.begun[0]).toBe(0)
  })

  it('after the end does nothing', async () => {
    const thread = await threadOf()
    const subscription = fromPool(pool, 1, { name: 'double', grace: 0 }).subscribe()
    await until(() => subscription.closed)
    subscription.unsubscribe()
    expect(await threadOf()).toBe(thread)
  })

  it('is not seen by the tasks that come after', async () => {
    await cancel('spin')
    expect(await pool.run(undefined, { name: 'outside' })).toStrictEqual([{ returned: false }, { returned: undefined }])
    expect(await firstValueFrom(fromPool(pool, undefined, { name: 'outside' }))).toStrictEqual([
      { returned: false },
      { returned: undefined },
    ])
  })

  it('is not seen where what a task left behind goes on, but that this is over', async () => {
    const flags = told()
    await firstValueFrom(fromPool(pool, flags, { name: 'leavesBehind' }))
    // The thread's loop goes on only during an asynchronous task.
    const next = told()
    const subscription = fromPool(pool, next, { name: 'spinLater' }).subscribe()
    await up(flags.ended)
    subscription.unsubscribe()
    await up(next.ended)
    expect(await pool.run(undefined, { name: 'takeSeen' })).toContainEqual({ returned: true })
  })
})

describe('another executor', () => {
  it('runs tasks', async () => {
    const tinypool = new Tinypool({ filename, maxThreads: 1 })
    expect(await firstValueFrom(fromPool<number, number>(tinypool, 4, { name: 'double' }))).toBe(8)
    await expect(firstValueFrom(fromPool(tinypool, 'no', { name: 'fail' }))).rejects.toThrow('no')
    await tinypool.destroy()
  })

  it('is told by its signal, at once, that nobody wants the result', async () => {
    const tinypool = new Tinypool({ filename, minThreads: 1, maxThreads: 1 })
    const begun = newFlag()
    const subscription = fromPool(tinypool, { begun }, { name: 'stubborn' }).subscribe()
    await up(begun)
    subscription.unsubscribe()
    expect(await firstValueFrom(fromPool<number, number>(tinypool, 4, { name: 'double' }))).toBe(8)
    await tinypool.destroy()
  })

  it('is given the name, the file and the signal', () => {
    let given: unknown
    const executor: Executor<number, number> = {
      run: (task, options) => {
        given = { task, ...options }
        return new Promise(() => undefined)
      },
    }
    const subscription = fromPool(executor, 5, { name: 'name', filename: 'file' }).subscribe()
    expect(given).toMatchObject({ task: 5, name: 'name', filename: 'file', signal: { aborted: false } })
    subscription.unsubscribe()
    expect(given).toMatchObject({ signal: { aborted: true } })
  })
})
