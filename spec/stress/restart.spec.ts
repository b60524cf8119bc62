import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { eventual, Reactor, ReactorStopped } from 'rx-crochet'
import { NEVER } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Door, tasks as lifecycleTasks } from '../fixtures/lifecycle-support.js'
import type { Unwinding } from '../fixtures/lifecycle-tasks.js'
import type { Service } from '../fixtures/restart-tasks.js'
import type { Order } from '../fixtures/restart-worker.js'

const tasks = new URL('../fixtures/restart-tasks.js', import.meta.url).href
/** How many of the last ones may still be alive: frames and caches hold on to some. */
const LAST = 5

let warnings: Error[]
const onWarning = (warning: Error): void => void warnings.push(warning)

beforeEach(() => {
  warnings = []
  process.on('warning', onWarning)
})

afterEach(() => {
  process.off('warning', onWarning)
})

/** Refers to what rounds have made, without keeping it alive. */
class Made {
  readonly #all: WeakRef<object>[] = []

  add(...objects: readonly object[]): void {
    for (const one of objects) this.#all.push(new WeakRef(one))
  }

  get alive(): number {
    return this.#all.filter((one) => one.deref() !== undefined).length
  }

  /** How many are left when no more than `expected` are, or when waiting for that is no use. */
  async left(expected: number): Promise<number> {
    for (let look = 0; look < 100 && this.alive > expected; look++) {
      // In turns of their own, for looking at a WeakRef keeps its object to the end of the turn.
      await new Promise((resolve) => setTimeout(resolve, 5))
      globalThis.gc?.()
      await nextTurn()
    }
    return this.alive
  }
}

/** What keeps the process alive, by kind; when it is as expected, or when waiting for that is no use. */
async function resources(expected?: readonly string[]): Promise<string[]> {
  let found = read()
  for (let look = 0; look < 100 && expected !== undefined && found.join() !== expected.join(); look++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    found = read()
  }
  return found

  function read(): string[] {
    // Timers are this function's and the runner's own too; those of a reactor are looked for by the specs of the process's end.
    return process
      .getActiveResourcesInfo()
      .filter((kind) => !['Timeout', 'Immediate', 'TickObject'].includes(kind))
      .sort()
  }
}

function listeners(): Record<string, number> {
  return Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]))
}

/** Runs rounds after some that warm up; none may leave anything. */
async function leavesNothing(rounds: number, round: (made: Made, index: number) => Promise<void>): Promise<void> {
  const made = new Made()
  for (let index = 0; index < 3; index++) await round(made, index)
  const before = { resources: await resources(), listeners: listeners() }
  for (let index = 0; index < rounds; index++) await round(made, index)
  expect({ resources: await resources(before.resources), listeners: listeners() }).toEqual(before)
  expect(await made.left(LAST)).toBeLessThanOrEqual(LAST)
  expect(warnings).toEqual([])
}

describe('a reactor that has stopped leaves nothing behind', () => {
  it('in 1,000 rounds', async () => {
    await leavesNothing(1_000, async (made) => {
      const reactor = new Reactor({ signals: ['SIGUSR2', 'SIGTERM'] })
      const service: Service = { echo: (value) => value }
      const trigger = (): void => undefined
      reactor.expose('svc', service)
      reactor.onShutdown('after', trigger, { timeout: 600_000 })
      made.add(reactor, service, trigger)
      await reactor.stop()
    })
  })

  it('in 500 rounds with calls of its own thread', async () => {
    await leavesNothing(500, async (made, index) => {
      const reactor = new Reactor()
      const service = { echo: (value: number) => value, hang: () => NEVER }
      reactor.expose('svc', service)
      const svc = eventual<typeof service>('svc')
      expect(await svc.echo(index).asPromise()).toBe(index)
      // Vitest keeps what is given to `expect(…).rejects` until the spec ends.
      const failure: Promise<unknown> = svc
        .hang()
        .asPromise()
        .catch((error: unknown) => error)
      made.add(reactor, service)
      await reactor.stop()
      expect((await failure) instanceof ReactorStopped).toBe(true)
    })
  })

  // A pool that Piscina closes lives on until its closeTimeout is over, whoever made it.
  it.each<readonly [what: string, make: (reactor: Reactor) => Piscina]>([
    [
      'of createPool()',
      (reactor) => reactor.createPool({ filename: tasks, minThreads: 1, maxThreads: 1, closeTimeout: 10 }),
    ],
    [
      'that was attached',
      (reactor) => {
        const pool = new Piscina({ filename: tasks, minThreads: 1, maxThreads: 1, closeTimeout: 10 })
        reactor.attach(pool)
        return pool
      },
    ],
  ])('in 100 rounds with a pool %s', async (_, make) => {
    await leavesNothing(100, async (made, index) => {
      const reactor = new Reactor()
      const service: Service = { echo: (value) => value }
      reactor.expose('svc', service)
      const pool = make(reactor)
      made.add(reactor, service, pool)
      const own = pool.eventNames().filter((name) => name !== 'newListener')
      expect(await pool.run(index)).toBe(index)
      expect(await reactor.stop()).toMatchObject({ drained: 1, terminated: 0 })
      expect(own.map((name) => pool.listenerCount(name))).toEqual(own.map(() => 0))
    })
  })

  it('in 1,000 rounds with one Worker, which calls some of them', async () => {
    const worker = new Worker(new URL('../fixtures/restart-worker.js', import.meta.url))
    const first = { names: worker.eventNames(), exit: worker.listenerCount('exit') }
    const open = await ask(worker, 'resources')
    // Whether somebody listens to a Worker makes it active or not.
    worker.on('message', () => undefined)
    await leavesNothing(1_000, async (made, index) => {
      const reactor = new Reactor()
      const service: Service = { echo: (value) => value }
      reactor.expose('svc', service)
      reactor.attach(worker)
      made.add(reactor, service)
      if (index % 3 === 0) expect(await ask(worker, index)).toEqual({ value: index })
      await reactor.stop()
      expect(worker.listenerCount('message')).toBeLessThanOrEqual(2)
    })
    // A stopped reactor answers a Worker that has not called yet, until another takes its place.
    await using last = new Reactor()
    last.attach(worker)[Symbol.dispose]()
    worker.removeAllListeners('message')
    expect({ names: worker.eventNames(), exit: worker.listenerCount('exit') }).toEqual(first)
    expect(await ask(worker, 'resources')).toEqual(open)
    await worker.terminate()
  })
})

/** What a Worker answers, among the messages that are none of ours. */
function ask(worker: Worker, order: Order): Promise<unknown> {
  return new Promise((resolve) => {
    const look = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !('value' in message || 'resources' in message)) return
      worker.off('message', look)
      resolve(message)
    }
    worker.on('message', look)
    worker.postMessage(order)
  })
}

describe('after stop(), a new reactor', () => {
  const service: Service = { echo: (value) => value }

  it('serves a pool of the same file', async () => {
    for (let round = 0; round < 3; round++) {
      await using reactor = new Reactor()
      reactor.expose('svc', service)
      expect(await reactor.createPool({ filename: tasks, maxThreads: 1 }).run(round)).toBe(round)
    }
  })

  it('serves a pool of the same file while threads of the old one are still busy', async () => {
    const old = new Reactor({ logLevel: 'silent' })
    old.expose('svc', { hang: () => NEVER })
    const door = new Door()
    const unwinding: Unwinding = { door: door.word, result: 'unwound' }
    const unwound = old.createPool({ filename: lifecycleTasks, maxThreads: 1 }).run(unwinding, { name: 'unwinds' })
    while (old.pending().length === 0) await nextTurn()
    const stopped = old.stop({ drainTimeout: 60_000 })
    await using reactor = new Reactor()
    reactor.expose('svc', service)
    const pool = reactor.createPool({ filename: lifecycleTasks, maxThreads: 1 })
    expect(await pool.run(1, { name: 'echoes' })).toBe(1)
    door.open()
    expect(await stopped).toMatchObject({ interrupted: 1, drained: 1, terminated: 0 })
    expect(await unwound).toBe('unwound')
    expect(await pool.run(2, { name: 'echoes' })).toBe(2)
  })

  it('serves a Piscina that the old one has closed', async () => {
    const pool = new Piscina({ filename: tasks, minThreads: 1, maxThreads: 1 })
    for (let round = 0; round < 3; round++) {
      await using reactor = new Reactor()
      reactor.expose('svc', service)
      reactor.attach(pool)
      expect(await pool.run(round)).toBe(round)
    }
  })
})
