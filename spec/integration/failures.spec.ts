import fc from 'fast-check'
import type { Piscina } from 'piscina'
import { Reactor, registerError } from 'rx-crochet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReactorsError, uses } from '../fixtures/failures-classes.js'
import { build, type ErrorPlan, MADE, type PartPlan } from '../fixtures/failures-plans.js'
import { type ErrorShape, shapeOf } from '../fixtures/failures-shape.js'
import { HUGE, make, THINGS, type Thing } from '../fixtures/failures-things.js'
import type * as worker from '../fixtures/failures-worker.js'
import type { Service } from '../fixtures/failures-worker.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { tasksOf } from '../fixtures/tasks.js'

const filename = new URL('../fixtures/failures-worker.js', import.meta.url).href

registerError(ReactorsError)

const service = {
  async fail(thing) {
    const { made } = await make(thing)
    throw made
  },
  failPlan(plans) {
    throw build(plans)
  },
} satisfies Service

let reactor: Reactor
let pool: Piscina
let run: ReturnType<typeof tasksOf<typeof worker>>

// One thread for all: no failure may disturb those after it.
beforeAll(() => {
  reactor = new Reactor({ logger: new RecordedLog() })
  reactor.expose('service', service)
  pool = reactor.createPool({ filename, maxThreads: 1 })
  run = tasksOf<typeof worker>(pool)
})
afterAll(() => reactor.stop())

/** What `run()` rejects with. */
function thrownBy(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    (value) => {
      throw new Error(`It did not fail, but gave ${String(value)}`)
    },
    (thrown: unknown) => thrown,
  )
}

function anError(made: string, { own = {}, ...parts }: Partial<ErrorShape> = {}): ErrorShape {
  return { class: made, name: made, message: 'why', code: undefined, own, shown: Object.keys(own), ...parts }
}

const text = (part: string): unknown => expect.stringContaining(part)
const http = (status: number, parts: Partial<ErrorShape> = {}): ErrorShape =>
  anError('TypeError', { name: 'HttpError', message: `status ${status}`, code: 'E_HTTP', own: { status }, ...parts })
const quota = (used: number, limit: number, parts: Partial<ErrorShape> = {}): ErrorShape =>
  anError('QuotaError', {
    message: `${used} of ${limit} used`,
    code: `E_QUOTA_${used - limit}`,
    own: { used, limit },
    ...parts,
  })
const left = { left: 3 }

/** What each thing is on the other side. */
const ARRIVES: Record<Thing, unknown> = {
  Error: anError('Error'),
  EvalError: anError('EvalError'),
  RangeError: anError('RangeError'),
  ReferenceError: anError('ReferenceError'),
  SyntaxError: anError('SyntaxError'),
  TypeError: anError('TypeError'),
  URIError: anError('URIError'),
  'an error without a message': anError('Error', { message: '' }),
  'an error of another realm': anError('RangeError', {
    message: 'far',
    own: { cause: anError('URIError', { message: 'farther' }) },
    shown: [],
  }),
  'an AggregateError': anError('AggregateError', {
    message: 'all',
    own: { errors: [anError('RangeError', { message: 'one' }), 'two', http(3)] },
    shown: [],
  }),
  'an AbortError': anError('DOMException', { name: 'AbortError', code: 20 }),
  "an AbortSignal's reason": anError('DOMException', {
    name: 'AbortError',
    message: 'This operation was aborted',
    code: 20,
  }),
  "an AbortSignal's timeout": anError('DOMException', { name: 'TimeoutError', message: text('timeout'), code: 23 }),
  'a DOMException with a cause': anError('DOMException', {
    name: 'DataCloneError',
    code: 25,
    own: { cause: http(404) },
  }),
  "one of this package's": anError('EmptyError', {
    code: 'ERR_RX_CROCHET_EMPTY',
    own: { cause: anError('RangeError', { message: 'deeper' }) },
    shown: [],
  }),

  'a missing file': anError('Error', {
    message: text('ENOENT: no such file or directory'),
    code: 'ENOENT',
    own: { errno: -2, syscall: 'open', path: '/no/such/file' },
  }),
  'a refused connection': anError('Error', {
    message: text('connect ECONNREFUSED 127.0.0.1:'),
    code: 'ECONNREFUSED',
    own: { errno: -111, syscall: 'connect', address: '127.0.0.1', port: expect.any(Number) },
  }),
  'a host that is not there': anError('Error', {
    message: text('no-such-host.invalid'),
    code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    own: { errno: expect.any(Number), syscall: 'getaddrinfo', hostname: 'no-such-host.invalid' },
  }),
  'a bad argument of Node': anError('RangeError', {
    message: text('"size" is out of range'),
    code: 'ERR_OUT_OF_RANGE',
  }),

  'a registered class': quota(12, 10, { shown: ['used', 'limit'] }),
  'a registered subclass of a registered class': quota(12, 10, { class: 'DiskQuotaError' }),
  'an unregistered subclass of a registered class': quota(12, 10, { class: 'DiskQuotaError' }),
  'a registered class whose constructor takes no message': anError('CountedError', {
    name: 'TypeError',
    message: expect.stringMatching(/^number \d+$/),
  }),
  'a registered subclass of AggregateError': anError('SeveralError', {
    name: 'AggregateError',
    message: 'several',
    own: { errors: [quota(1, 0)] },
    shown: [],
  }),
  "a registered subclass of one of this package's": anError('LateError', {
    name: 'TimeoutError',
    message: 'late',
    code: 'ERR_RX_CROCHET_TIMEOUT',
  }),
  'a class that only reactors have registered': anError('RangeError', { own: { where: 'reactor' } }),
  'a class that only threads have registered': anError('RangeError', { own: { where: 'thread' } }),
  "an unregistered subclass of one of this package's, with a code of its own": anError('TimeoutError', {
    code: 'E_LATEST',
  }),
  'an unregistered class named as a built-in one': anError('Error', { name: 'Error' }),
  'a registered subclass of DOMException': anError('AbortedError', { name: 'AbortError', code: 20 }),
  'a registered class with private fields': anError('PrivateError', { name: 'PrivateName' }),
  'an unregistered class': http(404),
  'an unregistered class with getters': anError('Error', { name: 'SilentError', code: 'E_SILENT' }),

  'a chain of causes': anError('Error', {
    message: 'top',
    own: { cause: quota(2, 1, { own: { cause: http(500), used: 2, limit: 1 }, shown: ['used', 'limit'] }) },
    shown: [],
  }),
  'its own cause': anError('Error', { message: 'self', own: { cause: 'again: 0' } }),
  'a circle of causes': anError('Error', {
    message: 'one',
    own: {
      cause: anError('RangeError', {
        message: 'two',
        own: { cause: anError('TypeError', { message: 'three', own: { cause: 'again: 0' }, shown: [] }) },
        shown: [],
      }),
    },
  }),
  'a cause that is undefined': anError('Error', { own: { cause: undefined }, shown: [] }),
  'a cause that is no error': anError('Error', { own: { cause: { status: 404 } }, shown: [] }),
  'among its own errors': anError('AggregateError', {
    message: 'all',
    own: { errors: ['again: 0', anError('Error', { message: 'other' })] },
    shown: [],
  }),

  'a function as a property': anError('Error', { own: { retry: text('again'), ...left } }),
  'a socket as a property': anError('Error', { own: { socket: text('Socket'), ...left } }),
  'a symbol as a property': anError('Error', { own: { kind: 'Symbol(odd)', ...left } }),
  'a WeakMap as a property': anError('Error', { own: { seen: text('WeakMap'), ...left } }),
  'a promise as a property': anError('Error', { own: { pending: text('Promise'), ...left } }),
  'a Proxy as a property': anError('Error', { own: { proxy: { inner: 1 }, ...left } }),
  'a URL as a property': anError('Error', { own: { url: text('example.org/path'), ...left } }),
  'what Promise.allSettled() gives': [
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: quota(2, 1) },
  ],
  'what Promise.allSettled() gives, as a property': anError('Error', {
    own: { results: [{ status: 'rejected', reason: quota(2, 1) }] },
  }),
  'a plain object with a function as a property': anError('Error', {
    own: { config: { url: '/path', headers: { accept: '*' }, validate: text('validate') } },
  }),
  'a function deep within a property': anError('Error', { own: { list: [1, text('Function')], ...left } }),
  'symbols as keys': anError('Error', { own: { ...left, 'Symbol(own)': 1, 'Symbol(registered)': 2 } }),
  'properties of all kinds': anError('Error', {
    own: {
      when: new Date(0),
      map: new Map([['k', { v: 1 }]]),
      set: new Set([1]),
      bytes: Uint8Array.of(1, 2),
      big: 1n,
      nothing: undefined,
      zero: -0,
    },
  }),
  'a property that is not enumerable': anError('Error', { own: { hidden: 1 }, shown: [] }),
  'errors in a property': anError('Error', { own: { first: http(1), all: [http(2)] } }),

  'a huge message': anError('Error', { message: HUGE }),
  'a message of several lines': anError('Error', { message: 'first\n    at nowhere (second)\nthird' }),
  'a getter that throws': anError('RangeError', { own: { ...left, broken: text('no such luck') } }),
  'a code that throws': anError('RangeError', { code: text('no such luck') }),
  'a message that throws': anError('RangeError', { message: text('no such luck') }),
  'a message that is no text': anError('RangeError', { message: '{ odd: 1 }' }),
  'a Proxy of an error': anError('RangeError', { own: left }),
  'a Proxy whose traps throw': expect.any(String),
  'a revoked Proxy': text('Revoked'),
  'a frozen error': anError('RangeError', { own: { cause: 1, ...left }, shown: ['left'] }),
  'an error without a prototype': anError('Error', { name: expect.any(String), own: left }),
  'an object that was made after Error.prototype': anError('Error'),

  undefined: undefined,
  null: null,
  '0': 0,
  '-0': -0,
  NaN: Number.NaN,
  false: false,
  'an empty string': '',
  'a string': 'text',
  'a bigint': 2n ** 70n,
  'a plain object': { code: 'E_ODD', nested: [1] },
  'an array': [1, [2]],
  'an object without a prototype': left,
  'an array of errors': [http(1), 'two', quota(1, 0)],
  'a Map': new Map([['k', 1]]),
  'a symbol': 'Symbol(odd)',
  'a registered symbol': 'Symbol(odd)',
  'a function': text('odd'),
  'a class': text('HttpError'),
  'an object with a method': { odd: '[Function: odd]' },
}

const ALL = Object.keys(THINGS) as Thing[] // the keys of a literal are just these

describe('what a reactive function throws arrives at the thread, however it learns of it', () => {
  it.each(ALL)('%s', async (thing) => {
    const expected = ARRIVES[thing]
    const { blocking, wait, asPromise, Failure } = await run('shapesOfCall', thing)
    expect(blocking).toStrictEqual(expected)
    expect(wait).toStrictEqual(expected)
    expect(asPromise).toStrictEqual(expected)
    expect(Failure).toStrictEqual(expected)
  })
})

describe('what a task throws arrives where it was run', () => {
  it.each(ALL)('%s', async (thing) => {
    expect(shapeOf(await thrownBy(run('fail', thing)))).toStrictEqual(ARRIVES[thing])
  })
})

describe('an error of a class that both sides have registered', () => {
  it.each<[Thing, unknown]>([
    [
      'a registered class',
      { isQuota: true, isDiskQuota: false, isError: true, over: 2, code: 'E_QUOTA_2', advice: 'free 2' },
    ],
    [
      'a registered subclass of a registered class',
      { isQuota: true, isDiskQuota: true, isError: true, over: 2, code: 'E_QUOTA_2', advice: 'free 2 on the disk' },
    ],
    [
      'an unregistered subclass of a registered class',
      { isQuota: true, isDiskQuota: true, isError: true, over: 2, code: 'E_QUOTA_2', advice: 'free 2 on the disk' },
    ],
    ['an unregistered class', { isQuota: false, isDiskQuota: false, isError: true }],
  ])('has what its prototype has, in both directions: %s', async (thing, used) => {
    expect(await run('useRegistered', thing)).toEqual(used)
    expect(uses(await thrownBy(run('fail', thing)))).toEqual(used)
  })

  it('is made without running its constructor', async () => {
    expect(await run('madeByCall', undefined)).toBe(0)
  })
})

describe('any tree of errors', () => {
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
  const part: fc.Arbitrary<PartPlan> = fc.oneof(fc.record({ value }), fc.record({ error: fc.nat(7) }))
  const key = fc
    .oneof(fc.string(), fc.constantFrom('status', 'constructor', '__proto__', 'toString'))
    .filter((name) => !['name', 'message', 'stack', 'code'].includes(name))
  const plan: fc.Arbitrary<ErrorPlan> = fc.record({
    made: fc.constantFrom(...MADE),
    message: fc.string(),
    name: fc.option(fc.string(), { nil: undefined }),
    cause: fc.option(part, { nil: undefined }),
    errors: fc.option(fc.array(part, { maxLength: 4 }), { nil: undefined }),
    properties: fc.uniqueArray(fc.tuple(key, part, fc.boolean()), { maxLength: 4, selector: ([name]) => name }),
  })
  const plans = fc.array(plan, { minLength: 1, maxLength: 8 })

  it('crosses in a call as it is', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (given) => {
        // The plan itself is a clone already when the thread posts it back.
        const copy = structuredClone(given)
        expect(await run('shapeOfPlan', given)).toEqual(shapeOf(build(copy)))
      }),
      { numRuns: 300 },
    )
  })

  it('crosses from a task as it is', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (given) => {
        const copy = structuredClone(given)
        expect(shapeOf(await thrownBy(run('failPlan', given)))).toEqual(shapeOf(build(copy)))
      }),
      { numRuns: 300 },
    )
  })
})
