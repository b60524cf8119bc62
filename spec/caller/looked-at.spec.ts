/**
 * Services and results that are looked at: by loggers, snapshots, comparisons and conversions. None of that is a call.
 *
 * @module
 */
import { deepStrictEqual, notDeepStrictEqual } from 'node:assert/strict'
import { format, inspect } from 'node:util'
import { equals } from '@jest/expect-utils'
import { pino } from 'pino'
import { format as jestFormat, plugins as jestPlugins } from 'pretty-format'
import { blocking, eventual, Reactor, streaming, UnknownFunctionError } from 'rx-crochet'
import { from, lastValueFrom, NEVER } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faceOf } from '../../lib/caller/face.js'
import { serviceOf } from '../../lib/caller/service.js'
import { Services } from '../../lib/reactor/services.js'
import type * as worker from '../fixtures/looked-at-worker.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { tasksOf } from '../fixtures/tasks.js'

type Called = Record<string, (...args: unknown[]) => unknown>

let calls: string[]
let service: Called

beforeEach(() => {
  calls = []
  service = serviceOf<Called>('dns', 'blocking', ({ name }) => calls.push(name))
})

/** The line that pino writes of it. */
function logged(it: unknown): string {
  let lines = ''
  const write = (line: string): void => {
    lines += line
  }
  pino({}, { write }).info({ it }, 'here')
  return lines
}

const jest = (value: unknown): string => jestFormat(value, { plugins: Object.values(jestPlugins) })

describe('a service', () => {
  it.each<[how: string, look: (service: Called) => unknown, seen: unknown]>([
    ['console.log', (it) => format(it), "blocking('dns')"],
    ['console.log, within an object', (it) => format({ it }), "{ it: blocking('dns') }"],
    ['console.log with %s', (it) => format('%s', it), "blocking('dns')"],
    ['console.log with %o', (it) => format('%o', [it]).includes("blocking('dns')"), true],
    ['console.log with %j', (it) => format('%j', it), `"blocking('dns')"`],
    ['JSON.stringify', (it) => JSON.stringify({ it }), `{"it":"blocking('dns')"}`],
    ['a template', (it) => `${it}`, "blocking('dns')"],
    ['a concatenation', (it) => String(['a ']) + it, "a blocking('dns')"],
    ['String()', (it) => String(it), "blocking('dns')"],
    ['Number()', (it) => Number(it), Number.NaN],
    ['toString()', (it) => it.toString?.(), "blocking('dns')"],
    ['toLocaleString()', (it) => it.toLocaleString?.(), "blocking('dns')"],
    ['valueOf()', (it) => it.valueOf?.() === it, true],
    ['a check for a property', (it) => Reflect.apply(it.hasOwnProperty ?? String, it, ['lookup']), false],
    ['its constructor', (it) => Object.is(it.constructor, Object), true],
    ['its tag', (it) => Object.prototype.toString.call(it), "[object blocking('dns')]"],
    ['Object.keys()', (it) => Object.keys(it), []],
    ['spreading', (it) => ({ ...it }), {}],
    ['pino', (it) => logged(it).includes(`"it":"blocking('dns')"`), true],
    ["Jest's snapshots", (it) => jest(it), `"blocking('dns')"`],
    ["Jest's snapshots, within an object", (it) => jest({ it }), `Object {\n  "it": "blocking('dns')",\n}`],
    ["Jest's toEqual()", (it) => [equals(it, it), equals(it, {}), equals({}, it)], [true, false, false]],
    ['a check for an asymmetric matcher', (it) => it.asymmetricMatch, undefined],
    ['a check for a custom element', (it) => it.hasAttribute, undefined],
    ['a check for a React element', (it) => it.$$typeof, undefined],
    ['a check for a mock function', (it) => it._isMockFunction, undefined],
    ['a check for an old iterator', (it) => it['@@iterator'], undefined],
    ['a check for a foreign Observable', (it) => it['@@observable'], undefined],
    ['a check for an Immutable list', (it) => it['@@__IMMUTABLE_ITERABLE__@@'], undefined],
    ['a check for a transpiled module', (it) => it.__esModule, undefined],
    ['a check for an algebraic type', (it) => it['fantasy-land/equals'], undefined],
    ['a check for an iterator', (it) => Reflect.get(it, Symbol.iterator), undefined],
    ['a check for an array', (it) => Array.isArray(it), false],
    ['a check whether it has a method', (it) => 'lookup' in it, false],
  ])('is not called by %s', (_, look, seen) => {
    expect({ seen: look(service), calls }).toEqual({ seen, calls: [] })
  })

  it('shows in snapshots of Vitest', () => {
    expect(service).toMatchInlineSnapshot(`"blocking('dns')"`)
    expect({ service }).toMatchInlineSnapshot(`
      {
        "service": "blocking('dns')",
      }
    `)
    expect(calls).toEqual([])
  })

  it('equals itself alone', () => {
    const other = serviceOf<Called>('net', 'blocking', ({ name }) => calls.push(name))
    expect({ service }).toEqual({ service })
    expect({ service }).toStrictEqual({ service })
    deepStrictEqual({ service }, { service })
    for (const stranger of [other, {}, null, "blocking('dns')"]) {
      expect(service).not.toEqual(stranger)
      expect(stranger).not.toEqual(service)
      notDeepStrictEqual(service, stranger)
    }
    expect(calls).toEqual([])
  })

  it('is shown by an assertion that fails', () => {
    expect(() => expect(service).toBeNull()).toThrow(/blocking\('dns'\)/)
    expect(() => expect(service).to.have.property('lookup')).toThrow(/blocking\('dns'\)/)
    expect(calls).toEqual([])
  })

  it('is what awaiting it gives', async () => {
    expect(await service).toBe(service)
    expect(await Promise.resolve(service)).toBe(service)
    expect(calls).toEqual([])
  })

  it('is no Observable, which RxJS finds out by the one word that is a call', async () => {
    await expect(lastValueFrom(from(Object(service)))).rejects.toThrow(TypeError)
    expect(calls).toEqual(['getReader'])
  })

  it('cannot be cloned, by an error that names it', () => {
    expect(() => structuredClone(service)).toThrow(/could not be cloned/)
    expect(calls).toEqual([])
  })

  it('has functions that show which they are', () => {
    expect(inspect(service.lookup)).toBe('[Function: dns.lookup]')
    expect(calls).toEqual([])
  })

  it.each(['inspect', 'nodeType', 'calledOn', 'equals', 'getReader', 'name', 'length', '_private', ''])(
    'has the function `%s` called, if the application calls it',
    (name) => {
      service[name]?.()
      expect(calls).toEqual([name])
    },
  )

  it.each([
    ['blocking', "blocking('dns')", () => blocking('dns', { timeout: 1 })],
    ['eventual', "eventual('dns')", () => eventual('dns')],
    ['streaming', "streaming('dns')", () => streaming('dns', { timeout: 1 })],
    ['a module', 'eventual(dns.js)', () => eventual(new URL('file:///folder/dns.js?a=1'))],
  ])('shows its verb and what it is of: %s', (_, seen, make) => {
    expect(inspect(make())).toBe(seen)
  })

  it('has a face that is not to be changed', () => {
    expect(() => Object.assign(service, { toJSON: () => 'other' })).toThrow(TypeError)
    expect(Object.keys(faceOf('text'))).toEqual([])
  })
})

describe('a reactor', () => {
  let reactor: Reactor

  beforeEach(() => {
    reactor = new Reactor({ logger: new RecordedLog() })
  })
  afterEach(() => reactor.stop())

  it.each([
    'then',
    'asymmetricMatch',
    '_isMockFunction',
    'hasAttribute',
    '@@observable',
    '$$typeof',
    '__private',
    'fantasy-land/map',
  ])('exposes nothing with a function that could never be called: `%s`', (name) => {
    expect(() => reactor.expose('service', { fn: () => 1, [name]: () => 2 })).toThrow(
      `expose('service', …) takes an object of functions; \`${name}\` of this one could never be called`,
    )
  })

  it.each(['then', 'toJSON', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'finds no function `%s`, whoever asks',
    (name) => {
      const services = new Services()
      services.expose(
        'service',
        Object.assign(Object.create({ toString: () => 'x' }), { fn: () => 1, toJSON: () => 2 }),
      )
      expect(() => services.find('service', name)).toThrow(UnknownFunctionError)
      expect(services.find('service', 'fn').fn).toBeTypeOf('function')
    },
  )

  it('exposes an object with a function for its own use, which is not called from elsewhere', async () => {
    class Service {
      __secret = (): number => 0
      toJSON = (): string => 'mine'
      override = (): string => `${this}`
      toString(): string {
        return 'a service'
      }
    }
    reactor.expose('service', new Service())
    const service = eventual<Service>('service')
    expect(await service.override().asPromise()).toBe('a service')
    expect(JSON.stringify({ service })).toBe(`{"service":"eventual('service')"}`)
    // @ts-expect-error: nor is it there for the compiler.
    service.toJSON()
  })
})

describe('a result', () => {
  let reactor: Reactor
  let log: RecordedLog
  let run: ReturnType<typeof tasksOf<typeof worker>>

  beforeEach(() => {
    log = new RecordedLog()
    reactor = new Reactor({ logger: log })
    reactor.expose('service', {
      never: () => NEVER,
      value: () => ({ deep: { list: [1] } }),
      failure: () => {
        throw new RangeError('out of range')
      },
    })
    const filename = new URL('../fixtures/looked-at-worker.js', import.meta.url).href
    run = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1 }))
  })
  afterEach(() => reactor.stop())

  it('shows its function and its state, without waiting', async () => {
    const { pending, value, deep, within, failure } = await run('showResults', undefined)
    expect({ pending, value, deep, within }).toEqual({
      pending: 'EventualResult of service.never { <pending> }',
      value: 'EventualResult of service.value { { deep: { list: [Array] } } }',
      deep: 'EventualResult of service.value { { deep: [Object] } }',
      within: '{ a: { b: { c: EventualResult of service.value { … } } } }',
    })
    expect(failure).toMatch(/^EventualResult of service\.failure \{ <rejected> RangeError: out of range\n/)
  })

  it('has its failure still unretrieved when it was only shown', async () => {
    await run('showFailure', undefined)
    await reactor.stop()
    expect(log.lines).toEqual([expect.stringContaining('service.failure')])
  })

  it('of a stream shows its function, and whether there may be more', async () => {
    expect(await run('showStream', undefined)).toEqual([
      'StreamingResult of service.value { <open>, dropped: 0 }',
      'StreamingResult of service.value { <over>, dropped: 0 }',
    ])
  })
})
