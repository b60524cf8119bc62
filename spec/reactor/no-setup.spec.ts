import { Piscina } from 'piscina'
import {
  AlreadyInUseError,
  blocking,
  canWait,
  eventual,
  noSetup,
  Reactor,
  type ReactorOptions,
  ReactorThreadError,
  setup,
} from 'rx-crochet'
import { afterEach, describe, expect, it } from 'vitest'
import type { Seen } from '../fixtures/blocks-again-worker.js'
import { RecordingLogger } from '../fixtures/lifecycle-support.js'

interface Service {
  echo(value: string): string
}

const service: Service = { echo: (value) => value }

/** That of `noSetup()`, and what else a spec made. */
let reactors: Reactor[] = []

afterEach(async () => {
  for (const reactor of reactors) await reactor.stop()
  reactors = []
})

function made(options?: ReactorOptions): Reactor {
  const reactor = noSetup(options)
  reactors.push(reactor)
  return reactor
}

describe('noSetup()', () => {
  it("makes this thread's loop a reactor", async () => {
    made().expose('service', service)
    expect(canWait()).toBe(false)
    expect(await eventual<Service>('service').echo('here').asPromise()).toBe('here')
  })

  it('gives a Reactor, and the same one when it is asked again', () => {
    const reactor = made()
    expect(reactor).toBeInstanceOf(Reactor)
    expect(noSetup()).toBe(reactor)
    expect(noSetup(undefined)).toBe(reactor)
  })

  it('takes the options of a reactor', async () => {
    const modules: string[] = []
    made({ allowModule: ({ href }) => modules.push(href) === 0 })
    const outcome = eventual<Service>(new URL('file:///refused.js')).echo('').asPromise()
    await expect(outcome).rejects.toMatchObject({ name: 'ModuleNotAllowedError' })
    expect(modules).toEqual(['file:///refused.js'])
  })

  it.each<readonly [options: ReactorOptions, error: typeof TypeError | typeof RangeError, message: string]>([
    [{ maxPending: 0 }, RangeError, 'options.maxPending is `0`'],
    [{ stashTtl: -1 }, RangeError, 'options.stashTtl is `-1`'],
    [{ signals: ['SIGKILL'] }, RangeError, 'options.signals'],
  ])('refuses %j as Reactor does, and is as if it had not been called', (options, error, message) => {
    const listeners = process.eventNames().length
    expect(() => noSetup(options)).toThrow(error)
    expect(() => noSetup(options)).toThrow(message)
    expect(process.eventNames()).toHaveLength(listeners)
    // So this is the first call still, and takes options.
    made({ logLevel: 'error' })
  })

  it.each<ReactorOptions>([{}, { logLevel: 'error' }, { maxPending: 1 }])(
    'refuses %j for a reactor that is there',
    (options) => {
      made()
      expect(() => noSetup(options)).toThrow(AlreadyInUseError)
      expect(() => noSetup(options)).toThrow('give them to the first call')
    },
  )

  it('makes another one when that was asked to stop', async () => {
    const first = made({ logLevel: 'error' })
    const stopped = first.stop()
    const second = made({ logLevel: 'error' })
    expect(second).not.toBe(first)
    expect(noSetup()).toBe(second)
    await stopped
    expect(noSetup()).toBe(second)
  })

  it('leaves reactors alone that the application made itself', async () => {
    const own = new Reactor()
    reactors.push(own)
    own.expose('service', service)
    const reactor = made()
    expect(reactor).not.toBe(own)
    await reactor.stop()
    expect(await eventual<Service>('service').echo('there').asPromise()).toBe('there')
    expect(made()).not.toBe(own)
  })
})

describe('setup() after noSetup()', () => {
  it('does nothing: calls stay in this thread, which may not block', () => {
    const listeners = process.listenerCount('exit')
    made()
    const withReactor = process.listenerCount('exit')
    setup()
    setup({})
    expect(canWait()).toBe(false)
    expect(process.listenerCount('exit')).toBe(withReactor)
    expect(withReactor).toBe(listeners + 1)
  })

  it('has nothing to stop', () => {
    made()
    const stop = (): unknown => setup().stop()
    expect(stop).toThrow(ReactorThreadError)
    expect(stop).toThrow('stop() of the Reactor, which noSetup() returns')
    using _ = setup()
  })

  it('still refuses options that are wrong', () => {
    made()
    expect(() => setup({ maxPending: 0 })).toThrow('options.maxPending is `0`')
  })

  it('says that its options have no effect, and has the level of the log that is there', () => {
    const logger = new RecordingLogger()
    const reactor = made({ logger })
    setup()
    setup({ logLevel: 'error', stop: { grace: 5 } })
    const message = 'Options of setup() had no effect: `logLevel`, `stop.grace`; this thread has a Reactor'
    expect(logger.lines).toEqual([{ level: 'warn', message, details: {} }])
    setup().logLevel = 'silent'
    expect([reactor.logLevel, setup().logLevel]).toEqual(['silent', 'silent'])
  })

  it('attaches a pool to the reactor that is there', async () => {
    const reactor = made()
    const pool = new Piscina({ filename: import.meta.filename, maxThreads: 1, minThreads: 0 })
    using _ = setup().attach(pool)
    const other = new Reactor()
    reactors.push(other)
    expect(() => other.attach(pool)).toThrow(AlreadyInUseError)
    await reactor.stop()
  })

  it('has no reactor to attach a pool to while that is stopping', async () => {
    const stopped = made().stop()
    const pool = new Piscina({ filename: import.meta.filename, minThreads: 0 })
    expect(() => setup().attach(pool)).toThrow(AlreadyInUseError)
    expect(() => setup().attach(pool)).toThrow('is stopping')
    await Promise.all([stopped, pool.close()])
  })
})

describe('a thread whose reactors have all stopped may block again', () => {
  const module = new URL('../fixtures/modules/with-state.js', import.meta.url)
  const filename = new URL('../fixtures/blocks-again-worker.js', import.meta.url).href

  it('on a reactor that it sets up: the main thread', async () => {
    await made().stop()
    await new Reactor().stop()
    expect(canWait()).toBe(false)
    using _ = setup()
    expect(canWait()).toBe(true)
    expect(blocking<{ increment(): number }>(module, { timeout: 10_000 }).increment()).toBe(1)
  })

  it('on a reactor that it sets up: a thread of a pool', async () => {
    await using pool = new Piscina({ filename, maxThreads: 1 })
    const seen: Seen = await pool.run(module.href, { name: 'startsAnother' })
    expect(seen).toEqual({ canWait: [false, false, true], value: 1 })
  })

  it('on the reactor of its pool', async () => {
    const reactor = made()
    reactor.expose('svc', service)
    const pool = reactor.createPool({ filename, maxThreads: 1 })
    const seen: Seen = await pool.run(undefined, { name: 'callsParent' })
    expect(seen).toEqual({ canWait: [false, false, true], value: 'from parent' })
  })
})
