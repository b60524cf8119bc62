import { spawnSync } from 'node:child_process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import {
  eventual,
  move,
  type PoolOptions,
  Reactor,
  type ReactorOptions,
  ReactorStopped,
  registerError,
  retrieveResult,
} from 'rx-crochet'
import { defer, EMPTY, NEVER, Observable, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newFlag, raise } from '../fixtures/flag.js'
import { Deferred, RecordingLogger, until } from '../fixtures/lifecycle-support.js'
import { nested } from '../fixtures/nested.js'
import { type Seen, seen, seenLater } from '../fixtures/seen.js'
import type { Handle, Service, State, Value } from '../fixtures/stash-tasks.js'
import * as local from '../fixtures/stash-tasks.js'

const tasks = new URL('../fixtures/stash-tasks.js', import.meta.url).href
const workerFile = new URL('../fixtures/stash-worker.js', import.meta.url)
const UID = /^[\w-]{22}$/

const returned = (value: unknown): Seen => ({ returned: value })
const threw = (name: string, message = ''): unknown => ({
  threw: expect.objectContaining({ class: name, message: expect.stringContaining(message) }),
})
const BOOM = threw('RangeError', 'boom')
const NOT_FOUND = threw('ResultNotFoundError')

/** How it ends, if whatever is unfinished ends with `later`. */
const OUTCOMES: Record<State, unknown> = {
  'just called': returned('value'),
  'a value that has not been looked at': returned('value'),
  'a value that has been looked at': returned('value'),
  'just called, and about to fail': BOOM,
  'a failure that has not been looked at': BOOM,
  'a failure that has been looked at': BOOM,
  unfinished: returned('later'),
  'unfinished, after a wait that timed out': returned('later'),
  cancelled: threw('CancelledError'),
  'about to end without a value': threw('EmptyError', 'service.empty'),
  'ended without a value': threw('EmptyError', 'service.empty'),
  'about to end without a value, which has a default': returned('default'),
  'ended without a value, which has a default': returned('default'),
  'about to end without a value, whose default is undefined': returned(undefined),
  'ended without a value, whose default is undefined': returned(undefined),
  'unfinished, and has a default': returned('later'),
}
// Its keys are those of `State`.
const STATES = Object.keys(OUTCOMES) as State[]

class Held {
  readonly subjects: Subject<unknown>[] = []
  tornDown = 0

  readonly fn = (): Observable<unknown> =>
    new Observable((subscriber) => {
      const subject = new Subject<unknown>()
      this.subjects.push(subject)
      subject.subscribe(subscriber)
      return () => {
        this.tornDown += 1
      }
    })

  next(value: unknown): void {
    for (const subject of this.subjects) subject.next(value)
  }

  fail(): void {
    for (const subject of this.subjects) subject.error(new RangeError('boom'))
  }

  complete(): void {
    for (const subject of this.subjects) subject.complete()
  }
}

interface World {
  readonly reactor: Reactor
  readonly logger: RecordingLogger
  readonly held: Held
  /** The uids that a thread has stashed. */
  readonly stashed: Deferred<readonly string[]>
  readonly workers: Worker[]
}

function newWorld(options: ReactorOptions = {}): World {
  const logger = new RecordingLogger()
  const reactor = new Reactor({ logger, ...options })
  const held = new Held()
  const stashed = new Deferred<readonly string[]>()
  const service: Service = {
    value: () => 'value',
    fail: () => {
      throw new RangeError('boom')
    },
    empty: () => EMPTY,
    held: held.fn,
    hang: () => NEVER,
    echo: (value) => value,
    moved: (value) => move(value),
    nothing: () => undefined,
    stashed: (uids) => stashed.resolve(uids),
  }
  reactor.expose('service', service)
  return { reactor, logger, held, stashed, workers: [] }
}

async function end({ reactor, workers }: World): Promise<void> {
  await reactor.stop()
  await Promise.all(workers.map((worker) => worker.terminate()))
}

function pool({ reactor }: World, options: PoolOptions = {}): Piscina {
  return reactor.createPool({ filename: tasks, maxThreads: 1, ...options })
}

function startWorker({ reactor, workers }: World): Worker {
  const worker = new Worker(workerFile)
  worker.on('error', () => undefined) // some are to crash
  workers.push(worker)
  reactor.attach(worker)
  return worker
}

/** Runs a task in a Worker; one at a time. */
function ask(worker: Worker, task: string, input: unknown): Promise<unknown> {
  worker.postMessage({ task, input })
  return new Promise((resolve) => {
    const take = (message: unknown): void => {
      const answer = Object(message)
      if (!('result' in answer)) return // this package's own
      worker.off('message', take)
      resolve(answer.result)
    }
    worker.on('message', take)
  })
}

/** A task whose end is none of the spec's business, as many are to fail. */
function ignore(task: Promise<unknown>): void {
  task.catch(() => undefined)
}

function atReactor({ reactor }: World, uid: string): Promise<Seen> {
  return seenLater((async () => reactor.retrieveResult(uid).asPromise())())
}

const linesOf = ({ logger }: World, level: string): string[] =>
  logger.lines.filter((line) => line.level === level).map(({ message }) => message)

let world: World

describe('wherever a result was stashed, and wherever it is retrieved', () => {
  let first: Piscina
  let second: Piscina
  let worker: Worker
  let another: Worker

  beforeAll(() => {
    world = newWorld()
    first = pool(world)
    second = pool(world)
    worker = startWorker(world)
    another = startWorker(world)
  })

  afterAll(async () => {
    const { unretrieved } = await world.reactor.stop()
    await end(world)
    expect(unretrieved).toBe(0)
    expect(world.logger.lines).toEqual([])
  })

  const STASHED: Record<string, (state: State) => Promise<unknown>> = {
    'a pool': (state) => first.run(state, { name: 'stashes' }),
    'a Worker': (state) => ask(worker, 'stashes', state),
    "the reactor's thread": (state) => local.stashes(state),
  }
  const RETRIEVED: Record<string, (uid: string) => Promise<unknown>> = {
    'the pool’s same thread': (uid) => first.run(uid, { name: 'retrieves' }),
    'another pool': (uid) => second.run(uid, { name: 'retrievesBlocking' }),
    'the same Worker': (uid) => ask(worker, 'retrievesBlocking', uid),
    'another Worker': (uid) => ask(another, 'retrieves', uid),
    'the reactor': (uid) => atReactor(world, uid),
    "the reactor's thread": (uid) => local.retrieves(uid),
  }

  const rows = Object.keys(STASHED).flatMap((from) => Object.keys(RETRIEVED).map((to) => [from, to] as const))

  describe.each(rows)('from %s to %s', (from, to) => {
    it.each(STATES)('it is what the call ended with, once: %s', async (state) => {
      const uid = String(await STASHED[from]?.(state))
      expect(uid).toMatch(UID)
      const had = world.held.subjects.length
      world.held.next('later')
      world.held.subjects.length = 0
      expect(had).toBe(state.startsWith('unfinished') ? 1 : 0)
      await until(() => world.reactor.pending().length === 0)
      expect(await RETRIEVED[to]?.(uid)).toEqual(OUTCOMES[state])
      for (const retrieve of [RETRIEVED[to], RETRIEVED['another pool'], RETRIEVED['the reactor']]) {
        expect(await retrieve?.(uid)).toEqual(NOT_FOUND)
      }
    })

    it.each<[string, (held: Held) => void, unknown]>([
      ['with a value', (held) => held.next('later'), returned('later')],
      ['with the default', (held) => held.complete(), returned('default')],
    ])('an unfinished one is waited for, and ends %s', async (_, settle, outcome) => {
      const uid = String(await STASHED[from]?.('unfinished, and has a default'))
      const retrieved = RETRIEVED[to]?.(uid)
      await until(() => world.reactor.pending().some(({ id }) => !id.startsWith('stashed')))
      settle(world.held)
      world.held.subjects.length = 0
      expect(await retrieved).toEqual(outcome)
    })
  })
})

describe('stash()', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  // Its keys are those of `Value`.
  const values = Object.keys(local.VALUES) as Value[]

  it.each(values.flatMap((value) => [true, false].map((isHere) => ({ value, isHere }))))(
    'keeps $value; come already: $isHere',
    async ({ value, isHere }) => {
      const uid = await pool(world).run({ value, isHere }, { name: 'stashesValue' })
      expect(await atReactor(world, uid)).toStrictEqual(returned(local.VALUES[value]()))
    },
  )

  it.each([true, false])('keeps what was moved to the thread; come already: %s', async (isHere) => {
    const owner = pool(world)
    const uid = await owner.run(isHere, { name: 'stashesMoved' })
    expect(await owner.run(uid, { name: 'retrievesBlocking' })).toEqual(returned(new Uint8Array([1, 2, 3])))
  })

  it.each<State>(['unfinished', 'a value that has not been looked at', 'a failure that has been looked at'])(
    'gives new random uids each time, of 128 bits, that may stand in a URL: %s',
    async (state) => {
      const uids = new Set<string>()
      const bits = new Array<number>(128).fill(0)
      for (let count = 0; count < 300; count++) uids.add(await local.stashes(state))
      for (const uid of uids) {
        expect(uid).toMatch(UID)
        expect(encodeURIComponent(uid)).toBe(uid)
        const bytes = Buffer.from(uid, 'base64url')
        expect(bytes).toHaveLength(16)
        for (let bit = 0; bit < 128; bit++) bits[bit] = (bits[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1)
      }
      expect(uids.size).toBe(300)
      // Each bit is set in about half of them; 8 standard deviations are 70.
      for (const count of bits) expect(Math.abs(count - 150)).toBeLessThan(70)
    },
  )

  it('leaves a handle of an unfinished call that is settled, and says where the result is', async () => {
    const { uid, settled, waited, awaited, promised, failure } = (await pool(world).run('unfinished', {
      name: 'usesHandleAfter',
    })) as Handle
    expect(settled).toBe(true)
    for (const ended of [waited, awaited, promised]) {
      expect(ended).toEqual(threw('ResultNotFoundError', 'service.held was stashed'))
    }
    expect(failure).toContain('stashed')
    // That the handle was cancelled changes nothing.
    world.held.next('later')
    expect(await atReactor(world, uid)).toEqual(returned('later'))
    expect(world.held.tornDown).toBe(1)
  })

  it.each<[State, unknown]>([
    ['a value that has not been looked at', returned('value')],
    ['a value that has been looked at', returned('value')],
    ['a failure that has not been looked at', BOOM],
    ['ended without a value, which has a default', returned('default')],
  ])('leaves a handle that knows its outcome still: %s', async (state, outcome) => {
    const { uid, settled, waited, awaited, promised } = (await pool(world).run(state, {
      name: 'usesHandleAfter',
    })) as Handle
    expect({ settled, waited, awaited, promised }).toEqual({
      settled: true,
      waited: outcome,
      awaited: outcome,
      promised: outcome,
    })
    expect(await atReactor(world, uid)).toEqual(outcome)
  })

  it('of an outcome that is here may be repeated, for another uid', async () => {
    const stashed: Seen[] = await pool(world).run('a value that has been looked at', { name: 'stashesTwice' })
    const [one, other] = stashed.map((seen) => String(Object(seen).returned))
    if (one === undefined || other === undefined) throw new Error('there are two')
    expect(one).not.toBe(other)
    expect(await atReactor(world, one)).toEqual(returned('value'))
    expect(await atReactor(world, other)).toEqual(returned('value'))
  })

  it('cannot be repeated for an unfinished call, whose result is with the first uid', async () => {
    for (const stashed of [
      await pool(world).run('unfinished', { name: 'stashesTwice' }),
      await local.stashesTwice('unfinished'),
    ]) {
      expect(stashed).toEqual([returned(expect.stringMatching(UID)), threw('ResultNotFoundError', 'was stashed')])
      world.held.next('later')
      expect(await atReactor(world, stashed[0].returned)).toEqual(returned('later'))
    }
    expect((await world.reactor.stop()).unretrieved).toBe(0)
  })

  it('takes what was retrieved, finished or not', async () => {
    const owner = pool(world)
    for (const state of ['just called', 'unfinished'] as const) {
      const uid = await owner.run(await owner.run(state, { name: 'stashes' }), { name: 'stashesAgain' })
      world.held.next('later')
      expect(await owner.run(uid, { name: 'retrievesBlocking' })).toEqual(OUTCOMES[state])
    }
  })

  it('has the call go on though its handle is cancelled and disposed', async () => {
    const uid = await pool(world).run(undefined, { name: 'cancelsStashed' })
    expect(world.held.tornDown).toBe(0)
    world.held.next('later')
    expect(await atReactor(world, uid)).toEqual(returned('later'))
  })

  it('has pending() show the unfinished call, until it ends', async () => {
    await pool(world).run('unfinished', { name: 'stashes' })
    await local.stashes('unfinished')
    expect(world.reactor.pending()).toMatchObject([
      { function: 'service.held', waiting: false },
      { function: 'service.held', waiting: false },
    ])
    const ids = world.reactor.pending().map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    world.held.next('later')
    expect(world.reactor.pending()).toEqual([])
  })

  it('works while the thread has as many unfinished calls as it may, as does retrieving', async () => {
    await world.reactor.stop()
    world = newWorld({ maxPending: 3 })
    const owner = pool(world)
    const uids = await owner.run(3, { name: 'stashesAtLimit' })
    // Those that were stashed are not the thread's any more, so there is room.
    const [uid = ''] = uids
    world.held.next('later')
    expect(await owner.run({ uid, limit: 3 }, { name: 'fillsAndRetrieves' })).toEqual(returned('later'))
  })

  it('loses no value when outcomes come meanwhile, in thousands of rounds', async () => {
    const owner = pool(world)
    const uids = await owner.run(2_000, { name: 'stashesAtAllTimes' })
    const ended = await Promise.all(uids.map((uid: string) => atReactor(world, uid)))
    expect(ended).toEqual(ended.map((_, round) => returned(round)))
    expect(world.reactor.pending()).toEqual([])
  })

  it('keeps both stacks of a failure: where it arose, and where it was waited for', async () => {
    const owner = pool(world)
    for (const state of ['just called, and about to fail', 'a failure that has been looked at'] as const) {
      const uid = await owner.run(state, { name: 'stashes' })
      const ended = await owner.run(uid, { name: 'retrievesBlocking' })
      const { stack } = Object(ended.threw)
      expect(stack).toContain('stash.spec')
      expect(stack).toContain('stash-tasks')
    }
  })

  it('works, as does retrieving, though the scheduler stands still', async () => {
    await world.reactor.stop()
    const scheduler = new VirtualTimeScheduler()
    world = newWorld({ scheduler })
    const owner = pool(world)
    const uids = await owner.run(2, { name: 'stashesAtLimit' })
    const retrieved = owner.run(uids[0], { name: 'retrievesBlocking' })
    await until(() => world.reactor.pending().some(({ waiting }) => waiting))
    expect(world.held.subjects).toEqual([])
    scheduler.flush()
    world.held.next('later')
    expect(await retrieved).toEqual(returned('later'))
    expect(await atReactor(world, uids[1])).toEqual(returned('later'))
  })
})

describe('retrieveResult()', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  it.each(['', 'unknown', 'x'.repeat(22), '__proto__', 'constructor', '\0'])(
    'throws ResultNotFoundError for the uid %j',
    async (uid) => {
      const notFound = threw('ResultNotFoundError', 'retrieveResult()')
      expect(await pool(world).run(uid, { name: 'asks' })).toEqual(notFound)
      expect(seen(() => retrieveResult(uid))).toEqual(notFound)
      expect(seen(() => world.reactor.retrieveResult(uid))).toEqual(notFound)
    },
  )

  // Its keys are those of the table.
  it.each(Object.keys(local.WRONG) as (keyof typeof local.WRONG)[])('throws a TypeError for %s', async (kind) => {
    const wrong = threw('TypeError', 'retrieveResult() takes a uid')
    expect(await pool(world).run(kind, { name: 'retrievesAnything' })).toEqual(wrong)
    expect(local.retrievesAnything(kind)).toEqual(wrong)
    expect(seen(() => Reflect.apply(world.reactor.retrieveResult, world.reactor, local.WRONG[kind]()))).toEqual(wrong)
  })

  it('gives each result to one of two threads that race for it', async () => {
    const uids: string[] = await pool(world).run(2_000, { name: 'stashesMany' })
    const start = newFlag()
    const racing = [pool(world), pool(world)].map((owner) => owner.run({ uids, start }, { name: 'races' }))
    raise(start)
    const [one, other] = await Promise.all(racing)
    const gotten = uids.map((_, nth) => [one[nth], other[nth]].filter((value) => value !== undefined))
    expect(gotten).toEqual(uids.map((_, nth) => [nth]))
  })

  it('gives a result to one of the reactor and a thread that race for it', async () => {
    const uids: string[] = await pool(world).run(500, { name: 'stashesMany' })
    const start = newFlag()
    const racing = pool(world).run({ uids, start }, { name: 'races' })
    raise(start)
    const mine: (Seen | undefined)[] = []
    for (const uid of uids) mine.push(await atReactor(world, uid))
    const theirs = await racing
    const gotten = uids.map((_, nth) => [
      ...(theirs[nth] === undefined ? [] : [theirs[nth]]),
      ...[mine[nth]].flatMap((one) => (one !== undefined && 'returned' in one ? [one.returned] : [])),
    ])
    expect(gotten).toEqual(uids.map((_, nth) => [nth]))
  })

  it('wakes a thread that sleeps on an unfinished result when that has its outcome', async () => {
    const uid = await pool(world).run('unfinished', { name: 'stashes' })
    const retrieved = newFlag()
    const ended = pool(world).run({ uid, retrieved }, { name: 'retrievesAndSleeps' })
    await until(() => world.reactor.pending().some(({ waiting }) => waiting))
    world.held.next('later')
    expect(await ended).toEqual(returned('later'))
  })

  it('can be cancelled', async () => {
    const uid = await pool(world).run('unfinished', { name: 'stashes' })
    expect(await pool(world).run(uid, { name: 'retrievesAndCancels' })).toEqual(threw('CancelledError'))
    expect(await atReactor(world, uid)).toEqual(NOT_FOUND)
  })

  it.each([true, false])('by a thread that dies then disturbs no other; it has looked: %s', async (looks) => {
    const owner = pool(world)
    const [dead, alive] = [
      await owner.run('just called', { name: 'stashes' }),
      await owner.run('just called', { name: 'stashes' }),
    ]
    const worker = startWorker(world)
    ignore(ask(worker, 'retrievesAndDies', { uid: dead, looks }))
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(await atReactor(world, dead)).toEqual(NOT_FOUND)
    expect(await owner.run(alive, { name: 'retrievesBlocking' })).toEqual(returned('value'))
  })

  it('ends, as stash() does, with NotAttachedError in a thread that no reactor has attached', async () => {
    const worker = new Worker(workerFile)
    world.workers.push(worker)
    const ended = await ask(worker, 'unattached', undefined)
    expect(ended).toEqual([threw('NotAttachedError'), threw('NotAttachedError')])
  })

  it('throws NotSetUpError in a main thread without a reactor', () => {
    const program = `import { retrieveResult } from 'rx-crochet/caller'
      try { retrieveResult('uid') } catch (error) { console.log(error.code) }`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'ERR_RX_CROCHET_NOT_SET_UP\n', stderr: '' })
  })

  it('finds nothing in another reactor', async () => {
    const uid = await pool(world).run('just called', { name: 'stashes' })
    const other = newWorld()
    expect(seen(() => other.reactor.retrieveResult(uid))).toEqual(NOT_FOUND)
    expect(await pool(other).run(uid, { name: 'asks' })).toEqual(NOT_FOUND)
    expect(await atReactor(world, uid)).toEqual(returned('value'))
    await end(other)
  })
})

describe('a thread that dies after stash()', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  it.each(['exit', 'crash', 'park'] as const)('leaves all that it has stashed: %s', async (death) => {
    const owner = pool(world)
    ignore(owner.run({ states: STATES, death }, { name: 'stashesAndDies' }))
    const uids = await world.stashed.promise
    if (death === 'park') await owner.destroy()
    else await until(() => owner.threads.length === 0 || owner.completed > 0)
    expect(world.held.tornDown).toBe(0)
    world.held.next('later')
    for (const [nth, state] of STATES.entries()) {
      expect(await atReactor(world, uids[nth] ?? '')).toEqual(OUTCOMES[state])
    }
  })

  it('leaves its failures unretrieved: each is logged when the reactor stops, and can be retrieved still', async () => {
    const worker = startWorker(world)
    const states: State[] = ['just called, and about to fail', 'a failure that has been looked at', 'just called']
    ignore(ask(worker, 'stashesAndDies', { states, death: 'exit' }))
    const uids = await world.stashed.promise
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(linesOf(world, 'error')).toEqual([])
    const { unretrieved } = await world.reactor.stop()
    expect(unretrieved).toBe(2)
    expect(world.logger.lines).toMatchObject([
      { level: 'error', details: { err: { message: 'boom' }, function: 'service.fail' } },
      { level: 'error', details: { err: { message: 'boom' }, function: 'service.fail' } },
    ])
    for (const message of linesOf(world, 'error')) expect(message).toContain('unhandled failure in service.fail')
    expect(await atReactor(world, uids[0] ?? '')).toEqual(BOOM)
    expect(await atReactor(world, uids[1] ?? '')).toEqual(BOOM)
    expect(linesOf(world, 'error')).toHaveLength(2)
  })
})

describe('stop()', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  it('ends unfinished stashed calls with ReactorStopped, unsubscribes and counts them', async () => {
    const uids = [await pool(world).run('unfinished', { name: 'stashes' }), await local.stashes('unfinished')]
    const { interrupted, unretrieved } = await world.reactor.stop()
    expect({ interrupted, unretrieved }).toEqual({ interrupted: 2, unretrieved: 0 })
    expect(world.held.tornDown).toBe(2)
    for (const uid of uids) expect(await atReactor(world, uid)).toEqual(threw('ReactorStopped'))
    for (const uid of uids) expect(await atReactor(world, uid)).toEqual(NOT_FOUND)
  })

  it.each(STATES.filter((state) => !state.startsWith('unfinished')))(
    'leaves results that have outcomes to be retrieved from the reactor: %s',
    async (state) => {
      const uids = [await pool(world).run(state, { name: 'stashes' }), await local.stashes(state)]
      await local.stashes('just called')
      await until(() => world.reactor.pending().length === 0)
      await world.reactor.stop()
      for (const uid of uids) expect(await atReactor(world, uid)).toEqual(OUTCOMES[state])
      for (const uid of uids) expect(await atReactor(world, uid)).toEqual(NOT_FOUND)
    },
  )

  it('waits in its grace for stashed calls, which can be retrieved then', async () => {
    const uids = [await pool(world).run('unfinished', { name: 'stashes' }), await local.stashes('unfinished')]
    const stopped = world.reactor.stop({ grace: 20_000 })
    // It would go on in a few turns of the loop if it waited for nothing.
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    world.held.next('later')
    expect((await stopped).interrupted).toBe(0)
    for (const uid of uids) expect(await atReactor(world, uid)).toEqual(returned('later'))
  })

  it('lets results be stashed and retrieved during its grace, for they are of calls that were made before', async () => {
    const uid = await local.stashes('just called')
    const unfinished = await local.stashes('unfinished')
    const flag = newFlag()
    const task = pool(world).run({ flag, uid: await local.stashes('just called') }, { name: 'stashesWhenTold' })
    await world.stashed.promise
    const stopped = world.reactor.stop({ grace: 20_000 })
    raise(flag)
    expect(await atReactor(world, uid)).toEqual(returned('value'))
    const result = retrieveResult(unfinished)
    const { stashed, retrieved } = await task
    expect(retrieved).toEqual(returned('value'))
    world.held.next('later')
    await stopped
    expect(await result.asPromise()).toBe('later')
    expect(await atReactor(world, unfinished)).toEqual(NOT_FOUND)
    expect(await atReactor(world, stashed)).toEqual(returned('later'))
  })

  it("has retrieveResult() in the reactor's thread say where to ask", async () => {
    const uid = await local.stashes('just called')
    await until(() => world.reactor.pending().length === 0)
    await world.reactor.stop()
    expect(() => retrieveResult(uid)).toThrow(ReactorStopped)
    expect(await atReactor(world, uid)).toEqual(returned('value'))
  })

  it('logs and counts a failure that was stashed and never retrieved, wherever it was stashed', async () => {
    await pool(world).run('a failure that has not been looked at', { name: 'stashes' })
    await pool(world).run('just called, and about to fail', { name: 'stashes' })
    await local.stashes('a failure that has been looked at')
    await local.stashes('just called, and about to fail')
    await until(() => world.reactor.pending().length === 0)
    const { unretrieved } = await world.reactor.stop()
    expect(unretrieved).toBe(4)
    expect(linesOf(world, 'error')).toHaveLength(4)
  })

  it('logs a failure that was retrieved by a thread, which never looked', async () => {
    const owner = pool(world)
    const uid = await owner.run('just called, and about to fail', { name: 'stashes' })
    await owner.run(uid, { name: 'retrievesOnly' })
    const { unretrieved } = await world.reactor.stop()
    expect(unretrieved).toBe(1)
    expect(linesOf(world, 'error')).toHaveLength(1)
  })

  it.each<State>(['cancelled', 'ended without a value, which has a default', 'just called', 'unfinished'])(
    'logs nothing of a result that was stashed and never retrieved, and is no failure: %s',
    async (state) => {
      await pool(world).run(state, { name: 'stashes' })
      await local.stashes(state)
      expect((await world.reactor.stop()).unretrieved).toBe(0)
      expect(world.logger.lines).toEqual([])
    },
  )
})

describe('the limits of the store', () => {
  afterEach(() => end(world))

  it.each<[ReactorOptions, string, ErrorConstructor]>([
    [{ maxStashed: 0 }, 'maxStashed', RangeError],
    [{ maxStashed: -1 }, 'maxStashed', RangeError],
    [{ maxStashed: Number.NaN }, 'maxStashed', RangeError],
    [Object({ maxStashed: '3' }), 'maxStashed', TypeError],
    [Object({ maxStashed: null }), 'maxStashed', TypeError],
    [{ stashTtl: -1 }, 'stashTtl', RangeError],
    [{ stashTtl: Number.NaN }, 'stashTtl', RangeError],
    [Object({ stashTtl: '3' }), 'stashTtl', TypeError],
    [Object({ stashTtl: null }), 'stashTtl', TypeError],
  ])('are refused, by name: %j', (options, name, errorClass) => {
    world = newWorld()
    expect(() => new Reactor(options)).toThrow(errorClass)
    expect(() => new Reactor(options)).toThrow(`options.${name}`)
  })

  it('drop the oldest beyond maxStashed, log it, and unsubscribe what is unfinished', async () => {
    world = newWorld({ maxStashed: 3 })
    const uids: string[] = []
    const states: State[] = ['unfinished', 'just called', 'just called, and about to fail', 'unfinished']
    for (const state of states) uids.push(await local.stashes(state))
    expect(world.held.tornDown).toBe(1)
    expect(linesOf(world, 'warn')).toEqual([expect.stringMatching(/service\.held.*`maxStashed`, 3/)])
    expect(world.reactor.pending().filter((row) => row.function === 'service.held')).toHaveLength(1)
    await until(() => world.reactor.pending().length === 1)
    for (let count = 0; count < 2; count++) uids.push(await local.stashes('just called'))
    // The failure is nobody's to retrieve any more.
    expect(linesOf(world, 'warn')).toHaveLength(3)
    await until(() => linesOf(world, 'error').length > 0)
    expect(linesOf(world, 'error')).toEqual([expect.stringContaining('unhandled failure in service.fail')])
    world.held.next('later')
    const ended = await Promise.all(uids.map((uid) => atReactor(world, uid)))
    expect(ended).toEqual([NOT_FOUND, NOT_FOUND, NOT_FOUND, returned('later'), returned('value'), returned('value')])
    expect((await world.reactor.stop()).unretrieved).toBe(1)
  })

  it('count no results that were retrieved', async () => {
    world = newWorld({ maxStashed: 1 })
    for (let count = 0; count < 5; count++) {
      const uid = await local.stashes('just called')
      expect(await atReactor(world, uid)).toEqual(returned('value'))
    }
    expect(world.logger.lines).toEqual([])
  })

  it('drop results when stashTtl is over, log it, and unsubscribe what is unfinished', async () => {
    world = newWorld({ stashTtl: 20 })
    const states: State[] = ['unfinished', 'just called', 'just called, and about to fail', 'cancelled']
    const uids = await Promise.all(states.map((state) => local.stashes(state)))
    await until(() => linesOf(world, 'warn').length === 4)
    for (const message of linesOf(world, 'warn')) expect(message).toContain('`stashTtl`, 20 ms')
    await until(() => linesOf(world, 'error').length > 0)
    expect(linesOf(world, 'error')).toEqual([expect.stringContaining('unhandled failure in service.fail')])
    expect(world.held.tornDown).toBe(1)
    expect(world.reactor.pending()).toEqual([])
    for (const uid of uids) expect(await atReactor(world, uid)).toEqual(NOT_FOUND)
    expect((await world.reactor.stop()).unretrieved).toBe(1)
  })

  it('hold for no result that was retrieved: it is waited for as long as it takes', async () => {
    world = newWorld({ stashTtl: 20 })
    const uid = await local.stashes('unfinished')
    const retrieved = atReactor(world, uid)
    // One stashed later is dropped, so the time of the first is over too.
    await local.stashes('just called')
    await until(() => linesOf(world, 'warn').length === 1)
    world.held.next('later')
    expect(await retrieved).toEqual(returned('later'))
    expect(linesOf(world, 'warn')).toHaveLength(1)
  })

  it('hold no more after stop(): what it left can be retrieved at any time', async () => {
    const stopped = newWorld({ stashTtl: 20 })
    const uid = await local.stashes('just called')
    await until(() => stopped.reactor.pending().length === 0)
    await stopped.reactor.stop()
    // When one that was stashed later is dropped, the time of the first is over too.
    world = newWorld({ stashTtl: 20 })
    await local.stashes('just called')
    await until(() => linesOf(world, 'warn').length === 1)
    expect(stopped.logger.lines).toEqual([])
    expect(await atReactor(stopped, uid)).toEqual(returned('value'))
  })

  it("don't keep the process alive", () => {
    world = newWorld()
    const program = `import { Reactor, eventual } from 'rx-crochet'
      const reactor = new Reactor({ stashTtl: 1_000_000 })
      reactor.expose('service', { value: () => 1 })
      eventual('service').value().stash()`
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  it.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])('let results wait for a stashTtl of %d', async (stashTtl) => {
    // A timer that is too long fires at once; so those of another store have fired by the time that one of 20 ms has.
    const long = newWorld({ stashTtl })
    const uid = await local.stashes('just called')
    await until(() => long.reactor.pending().length === 0)
    world = newWorld({ stashTtl: 20 })
    await pool(world).run('just called', { name: 'stashes' })
    await until(() => linesOf(world, 'warn').length === 1)
    expect(long.logger.lines).toEqual([])
    expect(await atReactor(long, uid)).toEqual(returned('value'))
    await end(long)
  })
})

describe('what the store holds', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  it('is freed once it was retrieved', async () => {
    const values: WeakRef<object>[] = []
    world.reactor.expose('maker', {
      make: () => {
        const value = { big: true }
        values.push(new WeakRef(value))
        return value
      },
      fail: () => {
        const error = new Error('freed')
        values.push(new WeakRef(error))
        throw error
      },
      later: () =>
        defer(async () => {
          const value = { big: true }
          values.push(new WeakRef(value))
          return value
        }),
    })
    const maker = eventual<{ make(): object; fail(): object; later(): Promise<object> }>('maker')
    const stashAndRetrieve = async (): Promise<void> => {
      for (const result of [maker.make(), maker.fail(), maker.later()]) await atReactor(world, result.stash())
    }
    for (let count = 0; count < 10; count++) await stashAndRetrieve()
    await until(() => {
      globalThis.gc?.()
      return values.every((one) => one.deref() === undefined)
    })
    expect(values).toHaveLength(30)
  })
})

describe('nothing is lost or told wrong', () => {
  beforeEach(() => {
    world = newWorld()
  })

  afterEach(() => end(world))

  it('a failure that came after it was retrieved, and was looked at, is not logged', async () => {
    const owner = pool(world)
    const uid = await owner.run('unfinished', { name: 'stashes' })
    const ended = owner.run(uid, { name: 'retrievesBlocking' })
    await until(() => world.reactor.pending().some(({ waiting }) => waiting))
    world.held.fail()
    expect(await ended).toEqual(BOOM)
    expect((await world.reactor.stop()).unretrieved).toBe(0)
  })

  it('cancelling what was retrieved unsubscribes the call', async () => {
    const owner = pool(world)
    const uid = await owner.run('unfinished', { name: 'stashes' })
    await owner.run(uid, { name: 'retrievesAndCancels' })
    expect(world.reactor.pending()).toEqual([])
    expect(world.held.tornDown).toBe(1)
  })

  it('the death of the thread that retrieved it unsubscribes the call', async () => {
    const uid = await local.stashes('unfinished')
    const worker = startWorker(world)
    ignore(ask(worker, 'retrievesAndDies', { uid, looks: false }))
    await new Promise((resolve) => worker.once('exit', resolve))
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(world.held.tornDown).toBe(1)
  })

  it('a call that was retrieved unfinished is one row of pending(), and one interrupted', async () => {
    const owner = pool(world)
    const uid = await owner.run('unfinished', { name: 'stashes' })
    ignore(owner.run(uid, { name: 'retrievesBlocking' }))
    await until(() => world.reactor.pending().some(({ waiting }) => waiting))
    const rows = world.reactor.pending().map((row) => row.function)
    const { interrupted } = await world.reactor.stop()
    expect({ rows, interrupted }).toEqual({ rows: ['service.held'], interrupted: 1 })
  })

  it('what was retrieved and not looked at is logged by its function', async () => {
    const owner = pool(world)
    const uid = await owner.run('just called, and about to fail', { name: 'stashes' })
    await owner.run(uid, { name: 'retrievesOnly' })
    await world.reactor.stop()
    await until(() => linesOf(world, 'error').length > 0)
    expect(linesOf(world, 'error')).toEqual([expect.stringContaining('service.fail')])
  })

  it('a timeout of what was retrieved names its function', async () => {
    const uid = await local.stashes('unfinished')
    const ended = await pool(world).run(uid, { name: 'retrievesAndCancels' })
    expect(ended).toEqual(threw('CancelledError', 'service.held'))
  })

  it('the stack of what was retrieved names its function', async () => {
    const uid = await local.stashes('just called, and about to fail')
    const ended = await pool(world).run(uid, { name: 'retrievesBlocking' })
    expect(Object(ended.threw).stack).toContain('service.fail, called by')
  })

  it('a value that the thread cannot read does not become undefined by being stashed', async () => {
    world.reactor.expose('deep', { value: () => nested(1_500) })
    const owner = pool(world, { resourceLimits: { stackSizeMb: 0.5 } })
    const seen = await owner.run(undefined, { name: 'looksAtDeep' })
    expect(seen).toEqual(threw('ResultNotCloneableError'))
    const uid = await owner.run(undefined, { name: 'stashesDeep' })
    expect(await atReactor(world, uid)).not.toEqual(returned(undefined))
  })

  it("stash() in the reactor's thread after the stop throws, for there is no store", async () => {
    await world.reactor.stop()
    const result = eventual<Service>('service').value()
    expect(() => result.stash()).toThrow(ReactorStopped)
  })

  it('a failure that could not be stashed is not taken for retrieved', async () => {
    const flag = newFlag()
    const ended = pool(world).run(flag, { name: 'stashesFailureWhenTold' })
    await world.stashed.promise
    const stopped = world.reactor.stop()
    raise(flag)
    expect(await ended).toEqual(threw('ReactorStopped'))
    expect((await stopped).unretrieved).toBe(1)
  })

  it.each([
    ['a function', 'because of'],
    ['too deep', 'could not be read'],
  ] as const)(
    'a default that cannot be handed over, %s, is said so at once, and the call goes on',
    async (what, why) => {
      const ended = await pool(world, { resourceLimits: { stackSizeMb: 64 } }).run(what, { name: 'stashesWithDefault' })
      expect(ended).toEqual([threw('ArgumentNotCloneableError', why), threw('TimeoutError')])
    },
  )

  it('the default of a call goes with it from hand to hand', async () => {
    const first = await pool(world).run('unfinished, and has a default', { name: 'stashes' })
    const second = await pool(world).run(first, { name: 'stashesAgain' })
    const third = world.reactor.retrieveResult(second).stash()
    world.held.complete()
    expect(await atReactor(world, third)).toEqual(returned('default'))
  })

  it('a teardown that the stop runs may retrieve, and stash, what has its turn still to come', async () => {
    const uids: string[] = []
    let [subscribed, tornDown] = [0, 0]
    const stashNext = (): void => {
      tornDown += 1
      const uid = uids.shift()
      if (uid === undefined) return
      const retrieved = world.reactor.retrieveResult(uid)
      // One stays with who retrieved it, another goes back.
      if (uids.length === 1) again.push(retrieved.stash())
    }
    const again: string[] = []
    world.reactor.expose('hanging', {
      hang: () =>
        new Observable(() => {
          subscribed += 1
          return stashNext
        }),
    })
    const calls = [1, 2, 3, 4].map(() => eventual('hanging').hang?.())
    await until(() => subscribed === 4)
    uids.push(...calls.map((call) => String(call?.stash())))
    uids.shift()
    const { interrupted } = await world.reactor.stop()
    expect({ interrupted, tornDown }).toEqual({ interrupted: 4, tornDown: 4 })
    expect(world.reactor.pending()).toEqual([])
    expect(again).toHaveLength(1)
    for (const uid of again) expect(await atReactor(world, uid)).toEqual(threw('ReactorStopped'))
  })

  it('an error keeps a class that the thread which stashed it did not know', async () => {
    class KnownHereError extends Error {}
    registerError(KnownHereError)
    world.reactor.expose('known', {
      fail: () => {
        throw new KnownHereError('why')
      },
    })
    const uid = await pool(world).run('known', { name: 'stashesFailureOf' })
    await expect(world.reactor.retrieveResult(uid).asPromise()).rejects.toBeInstanceOf(KnownHereError)
  })

  it('an outcome of before can be stashed after the thread was attached again', async () => {
    const flag = newFlag()
    const worker = startWorker(world)
    const ended = ask(worker, 'stashesValueWhenTold', flag)
    await world.stashed.promise
    world.reactor.attach(worker)[Symbol.dispose]()
    world.reactor.attach(worker)
    raise(flag)
    const seen = (await ended) as Seen
    expect(seen).toEqual(returned(expect.stringMatching(UID)))
  })

  it('a stop while retrieving is under way leaves the result to be retrieved', async () => {
    const lost: unknown[] = []
    for (let round = 0; round < 10; round++) {
      await end(world)
      world = newWorld()
      world.reactor.expose('stopper', {
        stop: () => {
          const soon = performance.now() + 5 // the thread asks for the result meanwhile
          while (performance.now() < soon);
          process.nextTick(() => setImmediate(() => world.reactor.stop()))
        },
      })
      const uid = await local.stashes('just called')
      await until(() => world.reactor.pending().length === 0)
      const ended = (await pool(world).run(uid, { name: 'retrievesAtStop' })) as Seen
      if (!('returned' in ended)) lost.push(await atReactor(world, uid))
    }
    expect(lost.filter((one) => 'threw' in Object(one))).toEqual([])
  })
})
