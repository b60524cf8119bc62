import { threadId, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import {
  CancelledError,
  type CurrentCall,
  currentCall,
  eventual,
  NoCurrentCallError,
  type PoolOptions,
  Reactor,
  ReactorStopped,
  type StopReport,
  TimeoutError,
} from 'rx-crochet'
import { defer, NEVER, Observable, type SchedulerLike, Subject, Subscription, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Deferred, Door, RecordingLogger, tasks, until, worker as workerFile } from '../fixtures/lifecycle-support.js'
import type { Deadlines, Death, GivingUp, Held } from '../fixtures/lifecycle-tasks.js'
import type { Dying, Flood, Death as Way } from '../fixtures/process-end-tasks.js'

/** Tasks that die on their own, in the middle of a stop or of answers. */
const dying = new URL('../fixtures/process-end-tasks.js', import.meta.url).href

let logger: RecordingLogger
let reactor: Reactor
let workers: Worker[]

beforeEach(() => {
  logger = new RecordingLogger()
  reactor = new Reactor({ logger })
  workers = []
})

afterEach(async () => {
  await reactor.stop()
  await Promise.all(workers.map((worker) => worker.terminate()))
})

function pool(options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename: tasks, maxThreads: 1, ...options })
}

/** Starts a task in a Worker that the reactor has attached. */
function start(task: string, input?: unknown): Worker {
  const worker = new Worker(workerFile, { workerData: { task, input } })
  worker.on('error', () => undefined) // some are to crash
  workers.push(worker)
  reactor.attach(worker)
  return worker
}

/** A task whose end is none of the spec's business, as many are to fail. */
function ignore(task: Promise<unknown>): void {
  task.catch(() => undefined)
}

/** A reactive function that never ends by itself, and how far its last call has come. */
class Hanging {
  readonly started = new Deferred<CurrentCall>()
  readonly tornDown = new Deferred()
  readonly aborted = new Deferred<unknown>()

  readonly fn = (): Observable<never> => {
    const call = currentCall()
    call.signal.addEventListener('abort', () => this.aborted.resolve(call.signal.reason))
    return new Observable(() => {
      this.started.resolve(call)
      return () => this.tornDown.resolve()
    })
  }
}

/** Makes a call that hangs and, when told, cancels it. */
function cancels(): { cancel(): void; outcome: Promise<unknown> } {
  const door = new Door()
  const outcome = pool().run({ door: door.word, death: 'cancel' } satisfies Held, { name: 'holds' })
  return { cancel: () => door.open(), outcome }
}

interface Row {
  readonly end: string
  readonly reason: abstract new (...args: never[]) => Error
  /** Starts a thread that calls; returns what ends it. */
  begin(): () => unknown
}

function inPool(death: Death, options?: PoolOptions): Row['begin'] {
  return () => {
    const door = new Door()
    ignore(pool(options).run({ door: door.word, death } satisfies Held, { name: 'holds' }))
    return () => door.open()
  }
}

function inWorker(death: Death): Row['begin'] {
  return () => {
    const door = new Door()
    start('holds', { door: door.word, death } satisfies Held)
    return () => door.open()
  }
}

const smallHeap = { resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } }

const rows: readonly Row[] = [
  {
    end: 'the timeout of a blocking call',
    reason: TimeoutError,
    begin: () => {
      ignore(pool().run(500, { name: 'waitsFor' }))
      return () => undefined
    },
  },
  { end: 'cancel()', reason: CancelledError, begin: inPool('cancel') },
  { end: 'disposing the result', reason: CancelledError, begin: inPool('dispose') },
  {
    end: 'aborting the task in Piscina',
    reason: CancelledError,
    begin: () => {
      const controller = new AbortController()
      ignore(pool().run(undefined, { name: 'waits', signal: controller.signal }))
      return () => controller.abort()
    },
  },
  { end: 'process.exit() in a pool', reason: CancelledError, begin: inPool('exit') },
  { end: 'process.exit() in a Worker', reason: CancelledError, begin: inWorker('exit') },
  { end: 'an uncaught exception in a pool', reason: CancelledError, begin: inPool('crash') },
  { end: 'an uncaught exception in a Worker', reason: CancelledError, begin: inWorker('crash') },
  { end: 'running out of memory', reason: CancelledError, begin: inPool('exhaust memory', smallHeap) },
  { end: "a Worker's own end", reason: CancelledError, begin: inWorker('end') },
  {
    end: 'terminate() while the thread sleeps',
    reason: CancelledError,
    begin: () => {
      const worker = start('waits')
      return () => worker.terminate()
    },
  },
  {
    end: "terminate() of a pool's thread while it sleeps",
    reason: CancelledError,
    begin: () => {
      const owner = pool()
      ignore(owner.run(undefined, { name: 'waits' }))
      return () => owner.threads[0]?.terminate()
    },
  },
  {
    end: 'destroy() of the pool',
    reason: CancelledError,
    begin: () => {
      const owner = pool()
      ignore(owner.run(undefined, { name: 'waits' }))
      return () => owner.destroy()
    },
  },
  {
    end: 'disposing of attach()',
    reason: CancelledError,
    begin: () => {
      const owner = new Piscina({ filename: tasks, maxThreads: 1 })
      const attached = reactor.attach(owner)
      ignore(owner.run(undefined, { name: 'waits' }))
      return async () => {
        attached[Symbol.dispose]()
        await owner.close()
      }
    },
  },
  {
    end: 'stop()',
    reason: ReactorStopped,
    begin: () => {
      ignore(pool().run(undefined, { name: 'waits' }))
      return () => reactor.stop()
    },
  },
]

describe.each(rows)('$end', ({ begin, reason }) => {
  let hanging: Hanging
  let end: () => unknown

  beforeEach(async () => {
    hanging = new Hanging()
    reactor.expose('svc', { hang: hanging.fn, echo: (value: unknown) => value })
    end = begin()
    await hanging.started.promise
  })

  it("unsubscribes the call's Observable", async () => {
    await end()
    await expect(hanging.tornDown.promise).resolves.toBeUndefined()
  })

  it(`fires the call's signal, for a ${reason.name}`, async () => {
    await end()
    await expect(hanging.aborted.promise).resolves.toBeInstanceOf(reason)
  })

  it('takes the call out of pending()', async () => {
    expect(reactor.pending()).toHaveLength(1)
    await end()
    await until(() => reactor.pending().length === 0)
  })
})

describe.each(rows)('$end frees', ({ begin }) => {
  it('what the call held', async () => {
    const started = new Deferred<WeakRef<object>>()
    const hang = (): Observable<never> => {
      const held = { answer: 42 }
      currentCall().signal.addEventListener('abort', () => held)
      return new Observable(() => {
        started.resolve(new WeakRef(held))
        return () => held
      })
    }
    reactor.expose('svc', { hang, echo: (value: unknown) => value })
    const end = begin()
    const held = await started.promise
    await end()
    await until(() => {
      globalThis.gc?.()
      return held.deref() === undefined
    })
  })
})

describe.each(rows.filter(({ end }) => end !== 'stop()'))("$end leaves other threads' calls alone", ({ begin }) => {
  it('in another pool', async () => {
    const hanging = new Hanging()
    const answer = new Subject<string>()
    const asked = new Deferred()
    reactor.expose('svc', {
      hang: hanging.fn,
      echo: (value: unknown) => {
        if (value !== 'bystander') return value
        asked.resolve()
        return answer
      },
    })
    const bystander = pool().run('bystander', { name: 'echoes' })
    await asked.promise
    const end = begin()
    await hanging.started.promise
    await end()
    await hanging.tornDown.promise
    answer.next('undisturbed')
    expect(await bystander).toBe('undisturbed')
  })
})

describe('the death of a thread', () => {
  it.each(['exit', 'crash'] as const)('by %s leaves the calls of its neighbours in the pool alone', async (death) => {
    const hanging = new Hanging()
    const answer = new Subject<string>()
    const asked = new Deferred()
    const echo = (): Observable<string> => {
      asked.resolve()
      return answer
    }
    reactor.expose('svc', { hang: hanging.fn, echo })
    const both = pool({ minThreads: 2, maxThreads: 2 })
    const bystander = both.run('bystander', { name: 'echoes' })
    await asked.promise
    const door = new Door()
    ignore(both.run({ door: door.word, death } satisfies Held, { name: 'holds' }))
    await hanging.started.promise
    door.open()
    await hanging.tornDown.promise
    answer.next('undisturbed')
    expect(await bystander).toBe('undisturbed')
  })

  it.each<readonly [how: string, end: (threads: Worker[], abort: () => void) => unknown, options: PoolOptions]>([
    ['by the abort of its task', (_, abort) => abort(), {}],
    ['by terminate()', (threads) => threads.at(-1)?.terminate(), {}],
    ['by running out of memory', () => undefined, smallHeap],
  ])('%s leaves the calls of its neighbours in the pool alone', async (how, end, options) => {
    const hanging = new Hanging()
    const answer = new Subject<string>()
    const asked = new Deferred<number>()
    const echo = (): Observable<string> => {
      asked.resolve(currentCall().threadId)
      return answer
    }
    reactor.expose('svc', { hang: hanging.fn, echo })
    const both = pool({ minThreads: 2, maxThreads: 2, ...options })
    const bystander = both.run('bystander', { name: 'echoes' })
    const neighbour = await asked.promise
    const controller = new AbortController()
    const door = new Door()
    const death: Death = how.includes('memory') ? 'exhaust memory' : 'end'
    const task = death === 'end' ? 'waits' : 'holds'
    ignore(both.run({ door: door.word, death } satisfies Held, { name: task, signal: controller.signal }))
    await hanging.started.promise
    // The one that is to die comes last.
    const threads = [...both.threads].sort((one) => (one.threadId === neighbour ? -1 : 1))
    door.open()
    await end(threads, () => controller.abort())
    await hanging.tornDown.promise
    answer.next('undisturbed')
    expect(await bystander).toBe('undisturbed')
  })

  it.each<readonly [way: Way, kind: string]>(
    (['exit', 'crash', 'exhaust memory', 'terminate', 'abort'] as const).flatMap((way) => [
      [way, 'of createPool()'] as const,
      [way, 'that was attached'] as const,
    ]),
  )('by %s does no harm to a stop that waits for it, in a pool %s', async (death, kind) => {
    reactor.expose('svc', { hang: () => NEVER, echo: (value: unknown) => value })
    // Piscina then puts no thread in the place of one that is gone.
    const options = { filename: dying, minThreads: 0, maxThreads: 2, ...(death === 'exhaust memory' ? smallHeap : {}) }
    const owner = kind === 'of createPool()' ? reactor.createPool(options) : new Piscina(options)
    reactor.attach(owner)
    const [woken, door] = [new Door(), new Door()]
    const controller = new AbortController()
    const input: Dying = { death, woken: woken.word, door: door.word }
    ignore(owner.run(input, { name: 'dies', signal: controller.signal }))
    await until(() => reactor.pending().length === 1)
    const doomed = owner.threads[0]
    const neighbour = owner.run(undefined, { name: 'waits' })
    await until(() => reactor.pending().length === 2)
    const report = reactor.stop({ drainTimeout: 60_000 })
    await until(() => woken.isOpen)
    door.open()
    if (death === 'terminate') doomed?.terminate()
    if (death === 'abort') controller.abort()
    expect(await report).toMatchObject({ interrupted: 2, terminated: 0 })
    expect((await report).drained).toBeLessThanOrEqual(1)
    expect(await neighbour).toBe('stopped')
    expect(reactor.pending()).toEqual([])
  })

  it('amid the answers to thousands of calls does no harm to anyone', async () => {
    const echo = (value: unknown): unknown =>
      typeof value === 'number' && value % 2 === 1 ? Promise.resolve(value) : value
    reactor.expose('svc', { echo })
    const bystanders = pool({ filename: dying })
    for (const read of [0, 1, 1_000, 3_999]) {
      const owner = pool({ filename: dying })
      const death = owner.run({ count: 4_000, read } satisfies Flood, { name: 'diesAmidAnswers' })
      const answers = Promise.all([1, 2, 3].map((value) => bystanders.run(value, { name: 'echoes' })))
      await expect(death).rejects.toThrow()
      expect(await answers).toEqual([1, 2, 3])
      await until(() => reactor.pending().length === 0)
    }
    expect(logger.lines).toEqual([])
  })

  // A stop reads what threads have sent; but reading the port of a thread that is just ending kills the process.
  it.each(['exit', 'crash'] as const)('by %s lets the teardown of its call stop the reactor', async (death) => {
    const stopped = new Deferred<StopReport>()
    const door = new Door()
    const hang = (): Observable<never> =>
      new Observable(() => {
        door.open()
        return () => reactor.stop().then(stopped.resolve)
      })
    reactor.expose('svc', { hang })
    start('holds', { door: door.word, death } satisfies Held)
    expect(await stopped.promise).toMatchObject({ interrupted: 0 })
  })

  it('unsubscribes every call that it had, and those it had sent that were still to start', async () => {
    let subscribed = 0
    let unsubscribed = 0
    const hang = (): Observable<never> =>
      new Observable(() => {
        subscribed += 1
        return () => {
          unsubscribed += 1
        }
      })
    reactor.expose('svc', { hang })
    const door = new Door()
    door.open()
    const worker = start('holds', { door: door.word, death: 'exit', others: 5_000 } satisfies Held)
    await new Promise((resolve) => worker.once('exit', resolve))
    await until(() => reactor.pending().length === 0)
    expect({ subscribed, unsubscribed }).toEqual({ subscribed, unsubscribed: subscribed })
    expect(subscribed).toBeGreaterThan(0)
  })
})

describe('a cancelled call', () => {
  it('has its async iterator told to return, while its next value is under way', async () => {
    const asked = new Deferred()
    const returned = new Deferred()
    const ticks: AsyncIterableIterator<never> = {
      next: () => {
        asked.resolve()
        return new Promise(() => undefined)
      },
      return: async () => {
        returned.resolve()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => ticks,
    }
    reactor.expose('svc', { hang: () => ticks })
    const { cancel } = cancels()
    await asked.promise
    cancel()
    await expect(returned.promise).resolves.toBeUndefined()
  })

  it('stops a promise function that was given its signal', async () => {
    const asked = new Deferred()
    const failed = new Deferred<unknown>()
    const fetchLike = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => {
        asked.resolve()
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    const hang = (): Promise<never> => {
      const page = fetchLike(currentCall().signal)
      page.catch(failed.resolve)
      return page
    }
    reactor.expose('svc', { hang })
    const { cancel, outcome } = cancels()
    await asked.promise
    cancel()
    await expect(failed.promise).resolves.toBeInstanceOf(CancelledError)
    expect(await outcome).toEqual({ failure: 'CancelledError', message: expect.stringContaining('svc.hang') })
  })

  it('does not run if its turn has not come', async () => {
    const scheduler = new VirtualTimeScheduler()
    await using quiet = new Reactor({ scheduler })
    let ran = false
    quiet.expose('svc', {
      hang: () => {
        ran = true
      },
    })
    const door = new Door()
    door.open()
    const owner = quiet.createPool({ filename: tasks, maxThreads: 1 })
    const outcome = await owner.run({ door: door.word, death: 'cancel' } satisfies Held, { name: 'holds' })
    await until(() => quiet.pending().length === 0)
    scheduler.flush()
    expect({ outcome, ran }).toMatchObject({ outcome: { failure: 'CancelledError' }, ran: false })
  })

  it('does not run if its caller stopped waiting before its turn came', async () => {
    const scheduler = new VirtualTimeScheduler()
    await using quiet = new Reactor({ scheduler })
    let ran = false
    quiet.expose('svc', {
      hang: () => {
        ran = true
      },
    })
    const owner = quiet.createPool({ filename: tasks, maxThreads: 1 })
    const outcome = await owner.run(20, { name: 'givesUpAfter' })
    await until(() => quiet.pending().length === 0)
    scheduler.flush()
    expect({ outcome, ran }).toMatchObject({ outcome: { failure: 'TimeoutError' }, ran: false })
  })

  it('does not run if its caller stopped waiting while the loop was blocked', async () => {
    const ran: unknown[] = []
    const door = new Door()
    reactor.expose('svc', {
      echo: (value: unknown) => value,
      block: () => door.pass(),
      hang: () => ran.push('hang'),
    })
    const outcome = await pool().run({ timeout: 20, door: door.word } satisfies GivingUp, {
      name: 'givesUpWhileBlocked',
    })
    await until(() => reactor.pending().length === 0)
    expect({ outcome, ran }).toMatchObject({ outcome: { failure: 'TimeoutError' }, ran: [] })
  })

  it('is unsubscribed once, however often it is cancelled', async () => {
    let unsubscribed = 0
    const started = new Deferred()
    const hang = (): Observable<never> =>
      new Observable(() => {
        started.resolve()
        return () => {
          unsubscribed += 1
        }
      })
    reactor.expose('svc', { hang, echo: (value: unknown) => value })
    const outcome = pool().run(3, { name: 'cancelsOften' })
    await started.promise
    await outcome
    expect(unsubscribed).toBe(1)
  })
})

describe("a call's signal", () => {
  it('is aborted already if it is asked for after the end', async () => {
    const calls: CurrentCall[] = []
    const subscribed = new Deferred()
    const tornDown = new Deferred()
    const hang = (): Observable<never> => {
      calls.push(currentCall())
      return new Observable(() => {
        subscribed.resolve()
        return () => tornDown.resolve()
      })
    }
    reactor.expose('svc', { hang })
    const { cancel } = cancels()
    await subscribed.promise
    cancel()
    await tornDown.promise
    expect(calls[0]?.signal).toMatchObject({ aborted: true, reason: expect.any(CancelledError) })
  })

  it('is aborted already in the teardown', async () => {
    const subscribed = new Deferred()
    const seen = new Deferred<unknown>()
    const hang = (): Observable<never> => {
      const call = currentCall()
      return new Observable(() => {
        subscribed.resolve()
        return () => seen.resolve(call.signal.reason)
      })
    }
    reactor.expose('svc', { hang })
    const { cancel } = cancels()
    await subscribed.promise
    cancel()
    await expect(seen.promise).resolves.toBeInstanceOf(CancelledError)
  })

  it.each([
    ['asked for in time', (call: CurrentCall) => call.signal],
    ['asked for late', () => undefined],
  ])('does not fire for a call that ended by itself: %s', async (_, ask) => {
    const calls: CurrentCall[] = []
    const echo = (value: unknown): unknown => {
      const call = currentCall()
      ask(call)
      calls.push(call)
      return value
    }
    reactor.expose('svc', { echo })
    await pool().run('value', { name: 'echoes' })
    await reactor.stop()
    expect(calls[0]?.signal.aborted).toBe(false)
  })
})

describe('a teardown that throws', () => {
  const teardown = (): void => {
    throw new Error('torn')
  }

  it.each([
    [
      'while the function subscribes',
      () =>
        new Observable((subscriber) => {
          subscriber.next('value')
          return teardown
        }),
    ],
    [
      'later',
      () =>
        new Observable((subscriber) => {
          setImmediate(() => subscriber.next('value'))
          return teardown
        }),
    ],
  ])('leaves the value as it is: %s', async (_, echo) => {
    reactor.expose('svc', { echo })
    expect(await pool().run(undefined, { name: 'echoes' })).toBe('value')
    await until(() => logger.lines.length > 0)
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('svc.echo') }])
  })

  it('leaves the cancellation as it is', async () => {
    const subscribed = new Deferred()
    const hang = (): Observable<never> =>
      new Observable(() => {
        subscribed.resolve()
        return teardown
      })
    reactor.expose('svc', { hang })
    const { cancel, outcome } = cancels()
    await subscribed.promise
    cancel()
    expect(await outcome).toMatchObject({ failure: 'CancelledError' })
    await until(() => logger.lines.length > 0)
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('svc.hang') }])
  })

  it('keeps no other call from being unsubscribed', async () => {
    let subscribed = 0
    let unsubscribed = 0
    const hang = (): Observable<never> =>
      new Observable(() => {
        subscribed += 1
        return () => {
          unsubscribed += 1
          throw new Error('torn')
        }
      })
    reactor.expose('svc', { hang })
    const door = new Door()
    ignore(pool().run({ door: door.word, death: 'exit', others: 2 } satisfies Held, { name: 'holds' }))
    await until(() => subscribed === 3)
    door.open()
    await until(() => reactor.pending().length === 0)
    expect(unsubscribed).toBe(3)
  })
})

describe('currentCall()', () => {
  it("tells a thread's function whose call it is", async () => {
    const calls: CurrentCall[] = []
    const echo = (value: unknown): unknown => {
      calls.push(currentCall())
      return value
    }
    reactor.expose('svc', { echo })
    const worker = start('echoes')
    const thread = worker.threadId
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(calls).toMatchObject([
      { id: expect.any(String), name: 'svc.echo', threadId: thread, signal: expect.any(AbortSignal) },
    ])
  })

  it('tells when the caller stops waiting', async () => {
    reactor.expose('svc', { deadline: () => currentCall().deadline })
    const timeout = 60_000
    const seen: Deadlines = await pool().run(timeout, { name: 'deadlines' })
    expect(seen.eventual).toBe(Number.POSITIVE_INFINITY)
    expect(seen.blocking).toBeGreaterThanOrEqual(seen.before + timeout)
    expect(seen.blocking).toBeLessThanOrEqual(seen.after + timeout)
  })

  it("tells about a call of the reactor's own thread", async () => {
    const service = { who: () => ({ ...pick(currentCall()) }) }
    reactor.expose('svc', service)
    expect(await eventual<typeof service>('svc').who().asPromise()).toEqual({
      name: 'svc.who',
      threadId,
      deadline: Number.POSITIVE_INFINITY,
    })
  })

  it('gives each call an id of its own', async () => {
    const service = { id: () => currentCall().id }
    reactor.expose('svc', service)
    const local = eventual<typeof service>('svc')
    const ids = await Promise.all(Array.from({ length: 10 }, () => local.id().asPromise()))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each([
    ['the body', () => currentCall().name],
    ['the factory of defer', () => defer(async () => currentCall().name)],
    ['the subscription', () => new Observable<string>((subscriber) => subscriber.next(currentCall().name))],
    ['an async function, until it awaits', async () => currentCall().name],
    [
      "an async iterator's first step",
      async function* () {
        yield currentCall().name
      },
    ],
  ])('is valid in %s', async (_, fn) => {
    const service: { fn(): unknown } = { fn }
    reactor.expose('svc', service)
    expect(await eventual<typeof service>('svc').fn().asPromise()).toBe('svc.fn')
  })

  it.each([
    [
      'after the first await',
      async () => {
        await undefined
        return currentCall()
      },
    ],
    ['in a timer', () => new Promise((resolve) => setImmediate(resolve)).then(currentCall)],
  ])('is an error %s', async (_, fn) => {
    const service: { fn(): unknown } = { fn }
    reactor.expose('svc', service)
    await expect(eventual<typeof service>('svc').fn().asPromise()).rejects.toBeInstanceOf(NoCurrentCallError)
  })

  it.each([
    ['before any call', async () => undefined],
    [
      'after a call',
      async () => {
        const service = { fn: () => 'value' }
        reactor.expose('svc', service)
        await eventual<typeof service>('svc').fn().asPromise()
      },
    ],
    [
      'after a call that threw',
      async () => {
        const service = {
          fn: () => {
            throw new Error('on purpose')
          },
        }
        reactor.expose('svc', service)
        await eventual<typeof service>('svc')
          .fn()
          .asPromise()
          .catch(() => undefined)
      },
    ],
    [
      'while a call is under way',
      async () => {
        const service = { fn: () => NEVER }
        reactor.expose('svc', service)
        eventual<typeof service>('svc').fn()
        await until(() => reactor.pending().length === 1)
      },
    ],
  ])('is an error outside of functions: %s', async (_, prepare) => {
    await prepare()
    expect(() => currentCall()).toThrow(NoCurrentCallError)
  })

  it('is the outer call again when a call within has run', async () => {
    await using nesting = new Reactor({ scheduler: atOnce })
    await reactor.stop() // local calls are the oldest reactor's
    const service = {
      inner: () => currentCall().name,
      outer: () => {
        const before = currentCall().name
        const inner = local.inner()
        return Promise.all([before, inner.asPromise(), currentCall().name])
      },
    }
    const local = eventual<typeof service>('svc')
    nesting.expose('svc', service)
    expect(await local.outer().asPromise()).toEqual(['svc.outer', 'svc.inner', 'svc.outer'])
  })
})

function pick({ name, threadId, deadline }: CurrentCall): Pick<CurrentCall, 'name' | 'threadId' | 'deadline'> {
  return { name, threadId, deadline }
}

/** Runs what it is given within `schedule`. */
const atOnce: SchedulerLike = {
  now: () => Date.now(),
  schedule: (work: (this: never, state: never) => void, _delay?: number, state?: unknown) => {
    // Nothing here reschedules itself, so nobody looks at `this`.
    work.call(undefined as never, state as never)
    return Subscription.EMPTY
  },
}
