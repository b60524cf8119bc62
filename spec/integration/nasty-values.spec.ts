/**
 * What every entry point says of values that can't be made a text of, or not soon: a short message of ours, with the call's
 * name, and nothing else.
 */
import {
  blocking,
  emitting,
  eventual,
  fromPool,
  iterate,
  offload,
  Reactor,
  registerError,
  retrieveResult,
  runInReactor,
  setup,
  streaming,
  waitFor,
} from 'rx-crochet'
import { afterAll, expect, it } from 'vitest'
import { NASTY } from '../fixtures/nasty.js'

const reactor = new Reactor({ logLevel: 'silent' })
const executor = { run: () => Promise.resolve(1) }
const fn = (): number => 1

afterAll(() => reactor.stop())

/** Each takes the value in one of its places; what it is typed as there is what these specs are not about. */
const ENTRY_POINTS: Readonly<Record<string, (value: never) => unknown>> = {
  'options.logLevel': (logLevel) => new Reactor({ logLevel }),
  'options.logger': (logger) => new Reactor({ logger }),
  'options.scheduler': (scheduler) => new Reactor({ scheduler }),
  'options.allowModule': (allowModule) => new Reactor({ allowModule }),
  'options.signals': (signals) => new Reactor({ signals }),
  'options.signals has': (signal) => new Reactor({ signals: [signal] }),
  'options.stop': (stop) => new Reactor({ stop }),
  'grace of options.stop': (grace) => new Reactor({ stop: { grace } }),
  'options.maxPending': (maxPending) => new Reactor({ maxPending }),
  'options.maxStashed': (maxStashed) => new Reactor({ maxStashed }),
  'options.stashTtl': (stashTtl) => new Reactor({ stashTtl }),
  'options.spin': (spin) => new Reactor({ spin }),
  'expose()': (name) => reactor.expose(name, { fn }),
  "expose('service', …)": (service) => reactor.expose('service', service),
  'attach()': (source) => reactor.attach(source),
  'onShutdown()': (phase) => reactor.onShutdown(phase, fn),
  "onShutdown('after', …)": (trigger) => reactor.onShutdown('after', trigger),
  'timeout of onShutdown()': (timeout) => reactor.onShutdown('after', fn, { timeout }),
  'grace of stop()': (grace) => reactor.stop({ grace }),
  'retrieveResult()': (uid) => reactor.retrieveResult(uid),
  'retrieveResult() ': (uid) => retrieveResult(uid),
  'blocking()': (service) => blocking(service, { timeout: 1 }),
  blocking: (timeout) => blocking('service', { timeout }),
  'options.connectTimeout of blocking()': (connectTimeout) => blocking('service', { timeout: 1, connectTimeout }),
  'eventual()': (service) => eventual(service),
  'options.connectTimeout of eventual()': (connectTimeout) => eventual('service', { connectTimeout }),
  'streaming()': (service) => streaming(service, { timeout: 1 }),
  'options.buffer of streaming()': (buffer) => streaming('service', { timeout: 1, buffer }),
  'options.overflow of streaming()': (overflow) => streaming('service', { timeout: 1, overflow }),
  'options.take of streaming()': (take) => streaming('service', { timeout: 1, take }),
  'waitFor()': (meta) => waitFor(meta, { timeout: 1 }, fn),
  'waitFor() ': (timeout) => waitFor(import.meta, { timeout }, fn),
  waitFor: (given) => waitFor({ ...import.meta, url: 'file:///a.js' }, { timeout: 1 }, given),
  'runInReactor()': (meta) => runInReactor(meta, fn),
  'iterate()': (meta) => iterate(meta, { timeout: 1 }, fn),
  'emitting()': (given) => emitting(given),
  'fromPool()': (pool) => fromPool(pool, 1),
  'fromPool() ': (options) => fromPool(executor, 1, options),
  'options.grace of fromPool()': (grace) => fromPool(executor, 1, { grace }),
  'options.buffer of fromPool()': (buffer) => fromPool(executor, 1, { buffer }),
  'options.name of fromPool()': (name) => fromPool(executor, 1, { name }),
  'offload()': (pool) => offload(pool),
  'options.concurrency of offload()': (concurrency) => offload(executor, { concurrency }),
  'options.ordered of offload()': (ordered) => offload(executor, { ordered }),
  'options.logLevel ': (logLevel) => setup({ logLevel }),
  'options.resourceLimits of setup()': (resourceLimits) => setup({ resourceLimits }),
  'registerError()': (errorClass) => registerError(errorClass),
}

/** The entry points that take what is nasty elsewhere. */
const MAY_TAKE: Readonly<Record<string, readonly string[]>> = {
  string: ['expose()', 'retrieveResult()', 'blocking()', 'eventual()', 'streaming()', 'options.name of fromPool()'],
  function: ["onShutdown('after', …)", 'options.allowModule', 'emitting()'],
  object: ['options.resourceLimits of setup()', 'fromPool()', 'options.stop'],
}

it.each(Object.entries(ENTRY_POINTS))('%s refuses what is nasty, by a short message of ours', (name, give) => {
  const place = name.trim()
  for (const [what, make] of Object.entries(NASTY)) {
    const value = make()
    const refusal = refusalOf(() => give(value as never)) // whatever it is to be there
    if (refusal === undefined) expect(MAY_TAKE[typeof value], what).toContain(place)
    else {
      expect(refusal, what).toBeInstanceOf(Error)
      expect(refusal.message.length, what).toBeLessThan(2_000)
      expect(refusal.message, what).toContain(place.replace(' has', ''))
    }
  }
})

function refusalOf(give: () => unknown): Error | undefined {
  try {
    const made = give()
    if (made instanceof Reactor) void made.stop()
    return undefined
  } catch (error) {
    return error as Error // of ours, as the spec then checks
  }
}
