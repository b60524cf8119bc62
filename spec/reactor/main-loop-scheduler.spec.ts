import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type PoolOptions, Reactor } from 'rx-crochet'
import {
  asapScheduler,
  asyncScheduler,
  interval,
  lastValueFrom,
  Observable,
  observeOn,
  of,
  queueScheduler,
  type SchedulerAction,
  type SchedulerLike,
  subscribeOn,
  take,
  timer,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MainLoopScheduler } from '../../lib/reactor/main-loop-scheduler.js'
import { Door, tasks, until } from '../fixtures/lifecycle-support.js'
import type { Flood, Interruption } from '../fixtures/lifecycle-tasks.js'

describe('the main-loop scheduler', () => {
  let scheduler: MainLoopScheduler
  let log: unknown[]

  beforeEach(() => {
    scheduler = new MainLoopScheduler()
    log = []
  })

  /** Until all that has been scheduled, and what follows from it, has run. */
  async function idle(on: SchedulerLike = scheduler): Promise<void> {
    for (let quiet = 0, seen = log.length; quiet < 3; quiet = seen === log.length ? quiet + 1 : 0) {
      seen = log.length
      await new Promise<void>((resolve) => on.schedule(() => resolve()))
    }
  }

  it('runs nothing while it is given work', async () => {
    scheduler.schedule(() => log.push('work'))
    log.push('scheduled')
    await idle()
    expect(log).toEqual(['scheduled', 'work'])
  })

  it('runs first what came first', async () => {
    for (const work of [1, 2, 3, 4, 5]) scheduler.schedule(() => log.push(work))
    await idle()
    expect(log).toEqual([1, 2, 3, 4, 5])
  })

  it('runs what work schedules behind what is there already', async () => {
    scheduler.schedule(() => {
      log.push('first')
      scheduler.schedule(() => log.push('scheduled by the first'))
    })
    scheduler.schedule(() => log.push('second'))
    await idle()
    expect(log).toEqual(['first', 'second', 'scheduled by the first'])
  })

  it.each([['a state'], [0], [undefined], [{ some: 'object' }]])('passes the state: %s', async (state) => {
    scheduler.schedule((passed) => log.push(passed), 0, state)
    await idle()
    expect(log).toEqual([state])
  })

  it('runs an action again that schedules itself, with its new state', async () => {
    scheduler.schedule(
      function (this: SchedulerAction<number>, state: number) {
        log.push(state)
        if (state < 3) this.schedule(state + 1)
      },
      0,
      1,
    )
    await idle()
    expect(log).toEqual([1, 2, 3])
  })

  it('has actions that schedule themselves take turns', async () => {
    for (const name of ['a', 'b']) {
      let turn = 0
      scheduler.schedule(function () {
        turn += 1
        log.push(`${name}${turn}`)
        if (turn < 3) this.schedule()
      })
    }
    await idle()
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })

  it.each([
    ['before its turn', 0],
    ['during its delay', 1],
  ])('does not run what is unsubscribed %s', async (_, delay) => {
    const dropped = scheduler.schedule(() => log.push('dropped'), delay)
    scheduler.schedule(() => log.push('kept'), delay)
    dropped.unsubscribe()
    await until(() => log.length > 0)
    await idle()
    expect(log).toEqual(['kept'])
  })

  it('does not run what earlier work unsubscribes', async () => {
    scheduler.schedule(() => later.unsubscribe())
    const later = scheduler.schedule(() => log.push('dropped'))
    scheduler.schedule(() => log.push('kept'))
    await idle()
    expect(log).toEqual(['kept'])
  })

  it('does not run an action again that unsubscribes itself and schedules itself', async () => {
    scheduler.schedule(function () {
      log.push('run')
      this.unsubscribe()
      this.schedule()
    })
    await idle()
    expect(log).toEqual(['run'])
  })

  it('runs what has a delay later, the shortest first', async () => {
    scheduler.schedule(() => log.push('longest'), 30)
    scheduler.schedule(() => log.push('shorter'), 10)
    scheduler.schedule(() => log.push('none'))
    await until(() => log.length === 3)
    expect(log).toEqual(['none', 'shorter', 'longest'])
  })

  it('runs an action again after the delay with which it schedules itself', async () => {
    scheduler.schedule(function () {
      log.push('run')
      if (log.length === 1) this.schedule(undefined, 5)
      scheduler.schedule(() => log.push('meanwhile'))
    })
    await until(() => log.length === 4)
    expect(log).toEqual(['run', 'meanwhile', 'run', 'meanwhile'])
  })

  const reschedulings: readonly [string, (this: SchedulerAction<number>, state: number) => void][] = [
    [
      'twice',
      function (state) {
        if (state !== 0) return
        this.schedule(1)
        this.schedule(2)
      },
    ],
    [
      'with a delay and then at once',
      function (state) {
        if (state !== 0) return
        this.schedule(1, 5)
        this.schedule(2, 0)
      },
    ],
    [
      'with a delay, twice',
      function (state) {
        if (state !== 0) return
        this.schedule(1, 5)
        this.schedule(2, 5)
      },
    ],
  ]

  it.each(reschedulings)('runs as often as in RxJS an action that schedules itself %s', async (_, reschedule) => {
    async function statesOn(any: SchedulerLike): Promise<unknown[]> {
      const states: unknown[] = []
      any.schedule(
        function (this: SchedulerAction<number>, state: number) {
          states.push(state)
          reschedule.call(this, state)
        },
        0,
        0,
      )
      await new Promise<void>((resolve) => any.schedule(() => resolve(), 20))
      return states
    }
    expect(await statesOn(scheduler)).toEqual(await statesOn(asyncScheduler))
  })

  it('runs what is behind work that throws, and leaves the error to the process', async () => {
    const uncaught: unknown[] = []
    process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error))
    try {
      const error = new Error('on purpose')
      scheduler.schedule(() => {
        throw error
      })
      scheduler.schedule(() => log.push('behind'))
      await until(() => log.length > 0 && uncaught.length > 0)
      expect([log, uncaught]).toEqual([['behind'], [error]])
    } finally {
      process.setUncaughtExceptionCaptureCallback(null)
    }
  })

  it('gives the loop back while there is more to do', async () => {
    let turns = 0
    let immediate = setImmediate(function turn() {
      turns += 1
      immediate = setImmediate(turn)
    })
    const works = 50
    for (let work = 0; work < works; work++) {
      scheduler.schedule(() => {
        for (const end = performance.now() + 1; performance.now() < end; );
        log.push(turns)
      })
    }
    await until(() => log.length === works)
    clearImmediate(immediate)
    expect(new Set(log).size).toBeGreaterThan(works / 2)
  })

  it.each([
    { others: 0, works: 4, why: 'for a moment at least' },
    { others: 0.75, works: 6, why: 'for as long as others have since had the loop' },
    { others: 1_000, works: 8, why: 'for 1 ms at the most' },
  ])('runs $works works of 0.125 ms where others have the loop for $others ms: $why', async ({ others, works }) => {
    let now = 1_000
    scheduler = new MainLoopScheduler(() => now)
    let turn = 0
    let immediate = setImmediate(function other() {
      turn += 1
      now += others
      immediate = setImmediate(other)
    })
    const turns: number[] = []
    for (let work = 0; work < 10 * works; work++) {
      scheduler.schedule(() => {
        now += 0.125
        turns.push(turn)
      })
    }
    await until(() => turns.length === 10 * works)
    clearImmediate(immediate)
    const midway = turns[turns.length / 2]
    expect(turns.filter((one) => one === midway)).toHaveLength(works)
  })

  it('runs much small work in one turn of the loop', async () => {
    let turns = 0
    let immediate = setImmediate(function turn() {
      turns += 1
      immediate = setImmediate(turn)
    })
    for (let work = 0; work < 1_000; work++) scheduler.schedule(() => log.push(turns))
    await until(() => log.length === 1_000)
    clearImmediate(immediate)
    expect(new Set(log).size).toBeLessThan(500)
  })

  it('tells the time', () => {
    const before = Date.now()
    const now = scheduler.now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  it.each<[string, (on: SchedulerLike) => Observable<unknown>, unknown[]]>([
    ['observeOn', (on) => of(1, 2, 3).pipe(observeOn(on)), [1, 2, 3]],
    ['subscribeOn', (on) => of(1, 2, 3).pipe(subscribeOn(on)), [1, 2, 3]],
    ['subscribeOn with a delay', (on) => of(1).pipe(subscribeOn(on, 1)), [1]],
    ['timer', (on) => timer(1, on), [0]],
    ['interval', (on) => interval(1, on).pipe(take(3)), [0, 1, 2]],
  ])('serves %s', async (_, make, values) => {
    expect(await lastValueFrom(make(scheduler).pipe(toArray()))).toEqual(values)
  })
})

describe('a flood of calls', () => {
  const count = 20_000

  let reactor: Reactor
  let doors: Door[]
  /** Threads that have made their first call. */
  let connected: number

  beforeEach(() => {
    reactor = new Reactor()
    doors = []
    connected = 0
  })

  afterEach(async () => {
    for (const one of doors) one.open()
    await reactor.stop()
  })

  function door(): Door {
    const one = new Door()
    doors.push(one)
    return one
  }

  function run(name: string, input: Flood | Interruption, options: PoolOptions = {}): Promise<unknown> {
    return reactor.createPool({ filename: tasks, maxThreads: 1, ...options }).run(input, { name })
  }

  /** A service on which a thread's flood breaks when all of it has been sent; `onCall` sees each call. */
  function exposeTo(sent: Door, onCall: (value: unknown) => void, answer: () => unknown = () => undefined): void {
    const echo = (value: unknown): unknown => {
      if (value === 'connected') connected += 1
      else onCall(value)
      return value
    }
    reactor.expose('svc', { echo, block: () => sent.pass(), answer })
  }

  it.each<[string, (count: () => void) => Promise<() => unknown>]>([
    [
      'the turns of its loop',
      async (count) => {
        let immediate = setImmediate(function turn() {
          count()
          immediate = setImmediate(turn)
        })
        return () => clearImmediate(immediate)
      },
    ],
    [
      'its timers',
      async (count) => {
        const timer = setInterval(count, 1)
        return () => clearInterval(timer)
      },
    ],
    [
      'its sockets',
      async (count) => {
        const server = createServer((socket) => socket.pipe(socket)).listen(0)
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo // it listens to a port
        const socket = connect(port)
        await once(socket, 'connect')
        let isOver = false
        socket.on('data', (data) => {
          count()
          if (!isOver) socket.write(data)
        })
        socket.write('ping')
        return async () => {
          isOver = true
          socket.end()
          server.close()
          await once(server, 'close')
        }
      },
    ],
  ])('leaves the main thread %s', async (_, start) => {
    const sent = door()
    let turns = 0
    const turnsAt: number[] = []
    exposeTo(sent, () => turnsAt.push(turns))
    const stop = await start(() => {
      turns += 1
    })
    await run('floods', { count, sent: sent.word })
    await stop()
    expect(turnsAt).toHaveLength(count)
    expect(Math.max(...turnsAt) - Math.min(...turnsAt)).toBeGreaterThan(5)
  })

  it("is not yet over when another thread's call is answered", async () => {
    const [sent, go, sentToo] = [door(), door(), door()]
    let calls = 0
    let callsBefore: number | undefined
    const onCall = (): void => {
      calls += 1
      if (calls !== 100) return
      go.open()
      // The other call is sent then; it is behind what is sent of the flood, which is all of it.
      sentToo.pass()
    }
    exposeTo(sent, onCall, () => {
      callsBefore = calls
      return 'answered'
    })
    const other = run('interrupts', { door: go.word, sent: sentToo.word })
    // From here on it gets along without this thread, which is going to be blocked until it has called.
    await until(() => connected === 1)
    const flood = run('floods', { count, sent: sent.word })
    expect(await other).toBe('answered')
    await flood
    expect(calls).toBe(count)
    expect(callsBefore).toBeLessThan(count / 2)
  })

  it('starts in the order in which it was made', async () => {
    const sent = door()
    const started: unknown[] = []
    exposeTo(sent, (value) => started.push(value))
    const values = await run('floods', { count, sent: sent.word })
    expect(started).toEqual(Array.from({ length: count }, (_, value) => value))
    expect(values).toEqual(started)
  })
})

describe('options.scheduler', () => {
  const AWAITED = 3

  async function pending(reactor: Reactor, count: number): Promise<void> {
    await until(() => reactor.pending().length === count)
  }

  it('of virtual time runs no call until it is flushed, and then all in their order', async () => {
    const scheduler = new VirtualTimeScheduler()
    await using reactor = new Reactor({ scheduler })
    const ran: unknown[] = []
    const hang = (key: unknown): unknown => {
      ran.push(key)
      return key
    }
    reactor.expose('svc', { hang })
    const sent = new Int32Array(new SharedArrayBuffer(4))
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    const outcomes = pool.run({ count: AWAITED, sent }, { name: 'sends' })
    await pending(reactor, AWAITED)
    expect(ran).toEqual([])
    scheduler.flush()
    expect(ran).toEqual([0, 1, 2])
    expect(await outcomes).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }])
  })

  it('of virtual time is what calls wait on, not the clock', async () => {
    const scheduler = new VirtualTimeScheduler()
    await using reactor = new Reactor({ scheduler })
    const day = 24 * 60 * 60 * 1_000
    reactor.expose('svc', { hang: () => timer(day, scheduler) })
    const outcome = reactor.createPool({ filename: tasks, maxThreads: 1 }).run(undefined, { name: 'waits' })
    await pending(reactor, 1)
    scheduler.flush()
    expect(await outcome).toEqual({ value: 0 })
    expect(scheduler.now()).toBe(day)
  })

  it('may be that of marble tests', async () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
    await using reactor = new Reactor({ scheduler })
    const settled: unknown[] = []
    const marbles = ['---a', '-b', '--c']
    const hang = (key: number): Observable<string> =>
      new Observable((subscriber) => {
        const source = scheduler.createColdObservable<string>(marbles[key] ?? '')
        const inner = source.subscribe((value) => {
          settled.push([value, scheduler.frame])
          subscriber.next(value)
        })
        return () => inner.unsubscribe()
      })
    reactor.expose('svc', { hang })
    const sent = new Int32Array(new SharedArrayBuffer(4))
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    const outcomes = pool.run({ count: AWAITED, sent }, { name: 'sends' })
    await pending(reactor, AWAITED)
    scheduler.flush()
    expect(settled).toEqual([
      ['b', 10],
      ['c', 20],
      ['a', 30],
    ])
    expect(await outcomes).toEqual([{ value: 'a' }, { value: 'b' }, { value: 'c' }])
  })

  it.each([
    ['asapScheduler', asapScheduler],
    ['asyncScheduler', asyncScheduler],
    ['queueScheduler', queueScheduler],
  ])('may be the %s of RxJS', async (_, scheduler) => {
    await using reactor = new Reactor({ scheduler })
    reactor.expose('svc', { echo: (value: unknown) => value })
    const pool = reactor.createPool({ filename: tasks, maxThreads: 1 })
    expect(await pool.run(1_000, { name: 'sums' })).toBe(499_500)
  })
})
