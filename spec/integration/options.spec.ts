/** What becomes of options that don't exist, or belong elsewhere, wherever options are given. */
import { Piscina } from 'piscina'
import {
  type BlockingOptions,
  blocking,
  type CallOptions,
  eventual,
  fromPool,
  iterate,
  noSetup,
  type OffloadOptions,
  offload,
  type PoolOptions,
  Reactor,
  type ReactorOptions,
  runInReactor,
  type SetupOptions,
  type StopOptions,
  type StreamingOptions,
  setup,
  streaming,
  type TaskOptions,
  type TriggerOptions,
  waitFor,
} from 'rx-crochet'
import { afterAll, afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { poolOptionsOf } from '../../lib/pool/options.js'
import { OPTION_NAMES } from '../../lib/protocol/option-names.js'
import { tasks } from '../fixtures/lifecycle-support.js'

const reactor = new Reactor()
const executor = { run: () => Promise.resolve(1) }

afterAll(() => reactor.stop())

/** Each takes options, of which those that must be there are. What is misspelt has no type. */
const TAKERS: Readonly<Record<string, (options: object) => unknown>> = {
  'new Reactor()': (options) => new Reactor(options),
  'options.stop': (stop) => new Reactor({ stop }),
  'setup()': (options) => setup(options),
  'stop()': (options) => reactor.stop(options),
  'onShutdown()': (options) => reactor.onShutdown('after', () => undefined, options),
  'blocking()': (options) => blocking('service', { timeout: 1, ...options }),
  'eventual()': (options) => eventual('service', options),
  'waitFor()': (options) => waitFor(import.meta, { timeout: 1, ...options }, function waits() {}),
  'runInReactor()': (options) => runInReactor(import.meta, options, function runs() {}),
  'streaming()': (options) => streaming('service', { timeout: 1, ...options }),
  'iterate()': (options) => iterate(import.meta, { timeout: 1, ...options }, function* iterates() {}),
  'fromPool()': (options) => fromPool(executor, 1, options),
  'offload()': (options) => offload(executor, options),
  'createPool()': (options) => reactor.createPool({ filename: tasks, ...options }),
  'options.resourceLimits of setup()': (resourceLimits) => setup({ resourceLimits }),
}

describe.each(Object.entries(TAKERS))('%s', (taker, take) => {
  it('refuses an option that there is not, and lists those that there are', () => {
    expect(() => take({ zzz: undefined })).toThrow(TypeError)
    expect(() => take({ zzz: undefined })).toThrow(
      new RegExp(`^${escaped(taker)} has no option \`zzz\`; it has \`\\w+\``),
    )
  })
})

const SENT_TO_STOP = '; it is one of stop() (or of `stop` of new Reactor() and setup()), fromPool(), offload()'

describe('a wrong option', () => {
  it.each<[string, object, string]>([
    ['new Reactor()', { loglevel: 'warn' }, 'loglevel`; did you mean `logLevel`?'],
    ['new Reactor()', { signal: ['SIGTERM'] }, 'signal`; did you mean `signals`?'],
    ['new Reactor()', { grace: 1 }, `grace\`${SENT_TO_STOP}`],
    ['new Reactor()', { gracee: 1 }, 'gracee`; did you mean `grace`, which is one of stop() ('],
    [
      'new Reactor()',
      { timeout: 1 },
      'timeout`; it is one of onShutdown(), blocking(), waitFor(), streaming(), iterate()',
    ],
    ['new Reactor()', { maxThreads: 1 }, 'maxThreads`; it is one of createPool()'],
    ['options.stop', { gracee: 1 }, 'gracee`; did you mean `grace`?'],
    ['options.stop', { drain: 1 }, 'drain`; did you mean `drainTimeout`?'],
    ['setup()', { logger: console }, 'logger`; it is one of new Reactor()'],
    ['setup()', { exec_argv: [] }, 'exec_argv`; did you mean `execArgv`?'],
    ['options.resourceLimits of setup()', { stackSize: 4 }, 'stackSize`; did you mean `stackSizeMb`?'],
    ['stop()', { draintimeout: 1 }, 'draintimeout`; did you mean `drainTimeout`?'],
    ['onShutdown()', { timeOut: 1 }, 'timeOut`; did you mean `timeout`?'],
    ['blocking()', { defaultvalue: 1 }, 'defaultvalue`; did you mean `defaultValue`?'],
    ['blocking()', { buffer: 1 }, 'buffer`; it is one of streaming(), iterate(), fromPool(), offload()'],
    ['eventual()', { timeout: 1 }, 'timeout`; it is one of'],
    ['waitFor()', { connecttimout: 1 }, 'connecttimout`; did you mean `connectTimeout`?'],
    ['runInReactor()', { default: 1 }, 'default`; did you mean `defaultValue`?'],
    ['streaming()', { overFlow: 'error' }, 'overFlow`; did you mean `overflow`?'],
    [
      'streaming()',
      { defaultValue: 1 },
      'defaultValue`; it is one of blocking(), waitFor(), eventual(), runInReactor()',
    ],
    ['iterate()', { bufer: 1 }, 'bufer`; did you mean `buffer`?'],
    ['fromPool()', { fileName: 'x' }, 'fileName`; did you mean `filename`?'],
    ['fromPool()', { ordered: true }, 'ordered`; it is one of offload()'],
    ['offload()', { concurency: 1 }, 'concurency`; did you mean `concurrency`?'],
    ['createPool()', { maxThread: 1 }, 'maxThread`; did you mean `maxThreads`?'],
    ['createPool()', { concurrency: 1 }, 'concurrency`; it is one of offload()'],
  ])('of %s is told what was meant, or where it belongs: %o', (taker, options, message) => {
    expect(() => TAKERS[taker]?.(options)).toThrow(TypeError)
    expect(() => TAKERS[taker]?.(options)).toThrow(`${taker} has no option \`${message}`)
  })

  it('of noSetup() is told as that of the reactor that it makes', () => {
    expect(() => noSetup(Object({ loglevel: 'warn' }))).toThrow('did you mean `logLevel`?')
  })

  it('may be long', () => {
    const long = 'x'.repeat(1e6)
    const message = (): unknown => eventual('service', Object({ [long]: 1 }))
    expect(message).toThrow(/^eventual\(\) has no option `x{1000}… \(999000 more characters\)`/)
  })
})

describe('options', () => {
  it.each(Object.entries(TAKERS).filter(([taker]) => !/blocking|waitFor|streaming|iterate|createPool/.test(taker)))(
    'must be an object: %s',
    (taker, take) => {
      for (const given of [5, null, 'text', () => 1, [], new Array(2 ** 32 - 1)]) {
        expect(() => take(given as never)).toThrow(
          new RegExp(`^${escaped(taker)} takes an object with options; it was given \``),
        )
      }
    },
  )

  it('may come from a class, and lack a prototype', () => {
    class Defaults {
      get logLevel(): 'loud' {
        return 'loud'
      }
    }
    expect(() => new Reactor(Object(new Defaults()))).toThrow("options.logLevel is `'loud'`")
    expect(() => new Reactor(Object.assign(Object.create(null), { logLevel: 'loud' }))).toThrow('options.logLevel')
  })

  it('that throw are told so, with what they threw', () => {
    const why = new Error('why')
    const options = Object.defineProperty({}, 'logLevel', {
      get: () => {
        throw why
      },
      enumerable: true,
    })
    expect(() => new Reactor(options)).toThrow(expect.objectContaining({ name: 'TypeError', cause: why }))
  })

  it('of a later Piscina are for that to know', () => {
    const given = Object({ filename: tasks, later: 1 })
    expect(() => poolOptionsOf(given, '5.3.2')).toThrow('createPool() has no option `later`')
    expect(poolOptionsOf(given, '5.4.0')).toEqual(given)
  })

  it('of the Piscina that is installed are known', async () => {
    const pool = new Piscina({ minThreads: 0 })
    const known: readonly string[] = OPTION_NAMES['createPool()']
    for (const name of Object.keys(pool.options)) expect(known).toContain(name)
    await pool.destroy()
  })

  it('are known, all that have a type', () => {
    type Known<Taker extends keyof typeof OPTION_NAMES> = (typeof OPTION_NAMES)[Taker][number]
    expectTypeOf<Known<'new Reactor()'>>().toEqualTypeOf<keyof ReactorOptions>()
    expectTypeOf<Known<'setup()'>>().toEqualTypeOf<keyof SetupOptions>()
    expectTypeOf<Known<'stop()'>>().toEqualTypeOf<keyof StopOptions>()
    expectTypeOf<Known<'onShutdown()'>>().toEqualTypeOf<keyof TriggerOptions>()
    expectTypeOf<Known<'blocking()'>>().toEqualTypeOf<keyof BlockingOptions>()
    expectTypeOf<Known<'waitFor()'>>().toEqualTypeOf<keyof BlockingOptions>()
    expectTypeOf<Known<'eventual()'>>().toEqualTypeOf<keyof CallOptions>()
    expectTypeOf<Known<'runInReactor()'>>().toEqualTypeOf<keyof CallOptions>()
    expectTypeOf<Known<'streaming()'>>().toEqualTypeOf<keyof StreamingOptions>()
    expectTypeOf<Known<'iterate()'>>().toEqualTypeOf<keyof StreamingOptions>()
    expectTypeOf<Known<'fromPool()'>>().toEqualTypeOf<keyof TaskOptions>()
    expectTypeOf<Known<'offload()'>>().toEqualTypeOf<keyof OffloadOptions>()
    expectTypeOf<Known<'createPool()'>>().toEqualTypeOf<keyof PoolOptions>()
    expectTypeOf<Known<'resourceLimits'>>().toEqualTypeOf<keyof NonNullable<SetupOptions['resourceLimits']>>()
  })
})

describe('what somebody has added to every object', () => {
  const wrong = { logLevel: 'loud', stop: 5, signals: 5, timeout: -1, connectTimeout: -1, defaultValue: 1, grace: -1 }
  const more = { buffer: -1, concurrency: -1, maxThreads: -1, filename: 5, execArgv: 5, zzz: 1, maxPending: -1 }

  afterEach(() => {
    for (const name of Object.keys({ ...wrong, ...more })) Reflect.deleteProperty(Object.prototype, name)
  })

  it('is no option', async () => {
    Object.assign(Object.prototype, wrong, more)
    const made = new Reactor({})
    made.onShutdown('after', () => undefined, {})
    setup({})[Symbol.dispose]()
    eventual('service', {})
    blocking('service', Object.assign(Object.create(null), { timeout: 1 }))
    expect(() => blocking('service', Object({}))).toThrow('has no timeout')
    fromPool(executor, 1, {})
    offload(executor, {})
    made.createPool({ filename: tasks, minThreads: 0 })
    await made.stop({})
  })
})

function escaped(text: string): string {
  return text.replace(/[().]/g, '\\$&')
}
