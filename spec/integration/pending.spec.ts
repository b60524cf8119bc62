import { threadId, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { currentCall, eventual, type PendingCall, type PoolOptions, Reactor } from 'rx-crochet'
import { EMPTY, NEVER, Observable, of, Subject, type Subscriber, throwError, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  Door,
  type Outcome,
  RecordingLogger,
  tasks,
  until,
  worker as workerFile,
} from '../fixtures/lifecycle-support.js'
import type { Holding, Sending } from '../fixtures/lifecycle-tasks.js'

const STOPPED = { failure: 'ReactorStopped', message: expect.any(String) }

let reactor: Reactor
let doors: Door[]
let pools: Piscina[]
let workers: Worker[]

beforeEach(() => {
  reactor = new Reactor()
  doors = []
  pools = []
  workers = []
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

function pool(of: Reactor = reactor, options: PoolOptions = {}): Piscina {
  return of.createPool({ filename: tasks, maxThreads: 1, ...options })
}

async function pending(count: number, of: Reactor = reactor): Promise<readonly PendingCall[]> {
  await until(() => of.pending().length === count)
  return of.pending()
}

/** Calls that end when the spec says so, by the key they were given. */
class Held {
  readonly #held = new Map<unknown, Subscriber<unknown>>()
  /** The most that were unfinished at a time. */
  most = 0

  readonly hang = (key?: unknown): Observable<unknown> =>
    new Observable((subscriber) => {
      this.#held.set(key, subscriber)
      this.most = Math.max(this.most, this.#held.size)
      return () => this.#held.delete(key)
    })

  get count(): number {
    return this.#held.size
  }

  end(key: unknown, value: unknown = key): void {
    this.#held.get(key)?.next(value)
  }

  /** Ends the one that has been there for longest. */
  endOldest(): void {
    const [key] = this.#held.keys()
    this.end(key)
  }
}

describe('pending()', () => {
  it('is empty at first', () => {
    expect(reactor.pending()).toEqual([])
  })

  it('has a row for each unfinished call', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const worker = new Worker(workerFile, { workerData: { task: 'waits' } })
    workers.push(worker)
    reactor.attach(worker)
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    expect(reactor.pending()).toEqual([
      {
        id: expect.any(String),
        function: 'svc.hang',
        thread: worker.threadId,
        age: expect.any(Number),
        waiting: true,
      },
    ])
  })

  it("has a row for a call of the reactor's own thread", async () => {
    const service = { hang: () => NEVER }
    reactor.expose('svc', service)
    eventual<typeof service>('svc').hang()
    expect(await pending(1)).toMatchObject([{ function: 'svc.hang', thread: threadId, waiting: false }])
  })

  it('has a row for a call whose turn has not come', async () => {
    await using quiet = new Reactor({ scheduler: new VirtualTimeScheduler() })
    quiet.expose('svc', { hang: () => NEVER })
    pool(quiet).run(undefined, { name: 'waits' })
    expect(await pending(1, quiet)).toMatchObject([{ function: 'svc.hang' }])
  })

  it('has a row for the call that asks', async () => {
    const service = { look: () => ({ id: currentCall().id, rows: reactor.pending() }) }
    reactor.expose('svc', service)
    const { id, rows } = await eventual<typeof service>('svc').look().asPromise()
    expect(rows.map((row) => row.id)).toEqual([id])
  })

  it('gives each call the id that the call itself is told', async () => {
    const ids: string[] = []
    const service = {
      hang: () => {
        ids.push(currentCall().id)
        return NEVER
      },
    }
    reactor.expose('svc', service)
    pool(reactor, { maxThreads: 2, minThreads: 2 }).run(3, { name: 'awaits' })
    pool().run(3, { name: 'awaits' })
    for (let count = 0; count < 3; count++) eventual<typeof service>('svc').hang()
    await until(() => ids.length === 9)
    const rows = await pending(9)
    expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort())
    expect(new Set(ids).size).toBe(9)
  })

  it('gives no id again when a thread connects anew', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    const owner = new Piscina({ filename: tasks, maxThreads: 1 })
    pools.push(owner)
    const ids: (string | undefined)[] = []
    for (let connection = 0; connection < 2; connection++) {
      const attached = reactor.attach(owner)
      const outcome = owner.run(undefined, { name: 'waits' })
      const [row] = await pending(1)
      ids.push(row?.id)
      attached[Symbol.dispose]()
      await outcome
    }
    expect(new Set(ids).size).toBe(2)
  })

  it('lists the calls of a thread from the oldest on', async () => {
    const held = new Held()
    reactor.expose('svc', { hang: held.hang })
    pool().run(4, { name: 'awaits' })
    const ages = (await pending(4)).map(({ age }) => age)
    expect(ages).toEqual(ages.toSorted((a, b) => b - a))
  })

  it('has calls grow older', async () => {
    reactor.expose('svc', { hang: () => NEVER })
    pool().run(undefined, { name: 'waits' })
    const [before] = await pending(1)
    await until(() => (reactor.pending()[0]?.age ?? 0) > (before?.age ?? Number.POSITIVE_INFINITY))
    expect(before?.age).toBeGreaterThanOrEqual(0)
  })

  it.each([0, 1, 2])('says which call its thread sleeps on, while it does: call %i of 3', async (sleepOn) => {
    const held = new Held()
    reactor.expose('svc', { hang: held.hang })
    const end = door()
    pool().run({ count: 3, sleepOn, door: end.word } satisfies Holding, { name: 'sleepsOnOneOf' })
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    const asleep = (await pending(3)).map(({ waiting }) => waiting)
    expect(asleep).toEqual([0, 1, 2].map((call) => call === sleepOn))
    await until(() => held.count === 3)
    held.end(sleepOn)
    await until(() => reactor.pending().every(({ waiting }) => !waiting))
    expect(reactor.pending()).toHaveLength(2)
  })

  it('says that nobody sleeps on a call that is awaited', async () => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    pool().run(2, { name: 'awaits' })
    expect((await pending(2)).map(({ waiting }) => waiting)).toEqual([false, false])
  })

  it('says that nobody sleeps on calls whose thread waits for room', async () => {
    await using small = new Reactor({ maxPending: 2 })
    small.expose('svc', { hang: () => NEVER })
    const sent = new Int32Array(new SharedArrayBuffer(4))
    pool(small).run({ count: 3, sent } satisfies Sending, { name: 'sends' })
    await until(() => Atomics.load(sent, 0) === 2)
    expect((await pending(2, small)).map(({ waiting }) => waiting)).toEqual([false, false])
  })

  it.each<[string, (end: Observable<unknown>) => unknown]>([
    ['emits', (end) => end],
    ['fails', (end) => new Observable((subscriber) => end.subscribe(() => subscriber.error(new Error('failed'))))],
    ['completes', (end) => new Observable((subscriber) => end.subscribe(() => subscriber.complete()))],
    ['resolves', (end) => new Promise((resolve) => end.subscribe(resolve))],
    ['rejects', (end) => new Promise((_, reject) => end.subscribe(() => reject(new Error('rejected'))))],
  ])('has a call no more when it %s', async (_, hang) => {
    const end = new Subject<void>()
    reactor.expose('svc', { hang: () => hang(end) })
    const outcome = pool().run(undefined, { name: 'waits' })
    await until(() => end.observed && reactor.pending().some(({ waiting }) => waiting))
    end.next()
    await outcome
    expect(reactor.pending()).toEqual([])
  })
})

describe('maxPending', () => {
  let held: Held
  let small: Reactor

  function limited(maxPending: number): Piscina {
    held = new Held()
    small = new Reactor({ maxPending })
    small.expose('svc', { hang: held.hang, echo: (value: unknown) => value })
    return pool(small)
  }

  afterEach(() => small.stop())

  it.each([1, 2, 7])('holds up a thread that has %i unfinished calls until one of them ends', async (limit) => {
    const count = 3 * limit
    const sent = new Int32Array(new SharedArrayBuffer(4))
    const outcomes: Promise<Outcome[]> = limited(limit).run({ count, sent } satisfies Sending, { name: 'sends' })
    for (let ended = 0; ended < count; ended++) {
      const room = Math.min(limit, count - ended)
      await until(() => held.count === room)
      expect(Atomics.load(sent, 0)).toBeLessThanOrEqual(limit + ended)
      await until(() => Atomics.load(sent, 0) === Math.min(limit + ended, count))
      held.endOldest()
    }
    expect(await outcomes).toEqual(Array.from({ length: count }, (_, value) => ({ value })))
    expect(held.most).toBe(limit)
  })

  it('holds up a blocking call as well', async () => {
    const outcome = limited(3).run({ limit: 3, timeout: Number.POSITIVE_INFINITY }, { name: 'blocksAtLimit' })
    await until(() => held.count === 3)
    held.endOldest()
    expect(await outcome).toEqual({ value: 'there was room' })
  })

  it.each([1, 3])('is named by the TimeoutError of a blocking call that finds no room: %i', async (limit) => {
    const outcome = await limited(limit).run({ limit, timeout: 50 }, { name: 'blocksAtLimit' })
    expect(outcome).toEqual({ failure: 'TimeoutError', message: expect.stringMatching(/svc\.echo.*50 ms.*maxPending/) })
  })

  it.each([
    ['cancelled', 'cancelsAtLimit'],
    ['given up after their timeout', 'givesUpAtLimit'],
  ])('counts no calls that were %s', async (_, name) => {
    expect(await limited(3).run(3, { name })).toEqual({ value: 'there was room' })
  })

  it.each<[string, () => unknown]>([
    ['a value', () => 'value'],
    ['an emission', () => of('value')],
    ['a failure', () => throwError(() => new Error('failed'))],
    ['no value at all', () => EMPTY],
    [
      'a value that cannot be copied',
      () => ({
        fn: () => 1,
      }),
    ],
  ])('counts no calls that ended with %s', async (_, hang) => {
    const logger = new RecordingLogger() // of failures that the task drops
    await using tight = new Reactor({ maxPending: 1, logger })
    tight.expose('svc', { hang, echo: (value: unknown) => value })
    const outcome = await pool(tight).run({ limit: 5, timeout: 10_000 }, { name: 'blocksAtLimit' })
    expect(outcome).toEqual({ value: 'there was room' })
    small = tight
  })

  it('is for each thread', async () => {
    const owner = limited(2)
    const other = pool(small)
    const sent = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4)))
    const outcomes = [owner, other].map((one, index) => {
      const counter = sent[index]
      return counter && one.run({ count: 2, sent: counter } satisfies Sending, { name: 'sends' })
    })
    // The keys of both are alike, so what is counted is the rows.
    await pending(4, small)
    await small.stop()
    expect(await Promise.all(outcomes)).toEqual([
      [STOPPED, STOPPED],
      [STOPPED, STOPPED],
    ])
  })

  it('lets a flood through that is larger', async () => {
    expect(await limited(10).run(5_000, { name: 'sums' })).toBe((5_000 * 4_999) / 2)
  })
})
