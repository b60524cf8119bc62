import { isDeepStrictEqual, types } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { plainText } from '../../lib/protocol/plain.js'
import { readRequest, writeRequest } from '../../lib/protocol/requests.js'

/** What arrives by the fast lane; `undefined` for what doesn't go by it. */
function sentFast(value: unknown): { value: unknown } | undefined {
  const text = plainText(['value', value])
  return text === undefined ? undefined : { value: JSON.parse(text)[1] }
}

/** With the order of all keys, for which `isDeepStrictEqual` doesn't care. */
function keysOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? Reflect.ownKeys(value).map((key) => [key, keysOf(Reflect.get(value, key))])
    : undefined
}

function expectAsCloned(value: unknown): void {
  const fast = sentFast(value)
  if (fast === undefined) return
  const cloned: unknown = structuredClone(value)
  if (!isDeepStrictEqual(fast.value, cloned)) expect(fast.value).toStrictEqual(cloned)
  expect(isDeepStrictEqual(fast.value, cloned)).toBe(true)
  expect(keysOf(fast.value)).toEqual(keysOf(cloned))
}

function withPrototype(object: object, prototype: object | null): object {
  return Object.setPrototypeOf(object, prototype)
}

function argumentsOf(..._: readonly unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: that they are not a list is what it is about
  return arguments
}

function withHole(): number[] {
  const list = [1, 2, 3]
  Reflect.deleteProperty(list, 1)
  return list
}

const shared = { a: 1 }
const cycle: Record<string, unknown> = {}
cycle.self = cycle

describe('plainText of a request', () => {
  it.each([Number.POSITIVE_INFINITY, 1.5])('is there for a call, whatever its timeout: %d', (timeout) => {
    const ref = { in: 'service', of: 'service', name: 'name' } as const
    const text = plainText(writeRequest({ type: 'call', id: 1, ref, args: [1], timeout, hasDefault: false }))
    expect(readRequest(JSON.parse(text ?? ''))).toMatchObject({ args: [1], timeout })
  })
})

describe('plainText of a value', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 1.5],
    ['a small number', Number.MIN_VALUE],
    ['a large number', Number.MAX_VALUE],
    ['a text', 'text'],
    ['half of a surrogate pair', '\ud800'],
    ['the other half', 'a\udc00b'],
    ['a NUL', 'a\0b'],
    ['line separators', '\u2028\u2029'],
    ['a mark of byte order', '\ufeff'],
    ['an empty list', []],
    ['an empty record', {}],
    ['lists in lists', [[], [[]], [1, [2, [3]]]]],
    ['records in records', { a: { b: { c: [] } } }],
    ['a key `__proto__`', JSON.parse('{"__proto__": {"a": 1}, "b": 2}')],
    ['keys `constructor` and `hasOwnProperty`', { constructor: 1, hasOwnProperty: 2 }],
    ['keys that are numbers', { b: 1, 10: 2, 9: 3, a: 4, '-1': 5, '01': 6, 4294967295: 7 }],
    ['an empty key', { '': 1 }],
    ['a key with NUL', { 'a\0b': 1 }],
    ['a key that is half of a surrogate pair', { '\ud800': 1 }],
    ['a long key', { ['k'.repeat(4_000)]: 1 }],
    ['a frozen record', Object.freeze({ a: Object.freeze([1]) })],
    ['a sealed list', Object.seal([1, 2])],
    ['a key that is a symbol', { [Symbol('s')]: 1, a: 2 }],
    ['a property that is not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: 2 })],
    ['a getter that is not enumerable', Object.defineProperty({ a: 1 }, 'b', { get: () => 2 })],
    ['a list with a key that is a symbol', Object.assign([1], { [Symbol('s')]: 1 })],
    ['a list that was emptied', Object.assign([1, 2], { length: 0 })],
  ])('is what reads back as a clone: %s', (_, value) => {
    expect(sentFast(value)).toBeDefined()
    expectAsCloned(value)
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['-0', -0],
    ['-0 in a list', [-0]],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['undefined in a record', { a: undefined }],
    ['a hole', withHole()],
    ['nothing but holes', new Array(3)],
    ['a hole, and another property', Object.assign(withHole(), { x: 1 })],
    ['another property of a list', Object.assign([1], { x: 1 })],
    ['a property of a list that is not enumerable', Object.defineProperty([1, 2], 1, { enumerable: false })],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
    ['a setter', Object.defineProperty({}, 'a', { set: () => undefined, enumerable: true })],
    ['a getter in a list', Object.defineProperty([1], 0, { get: () => 1, enumerable: true })],
    ['toJSON', { toJSON: 1 }],
    ['toJSON that is not enumerable', Object.defineProperty({}, 'toJSON', { value: () => 1 })],
    ['toJSON of a list', Object.assign([1], { toJSON: () => 1 })],
    ['a Date', new Date(0)],
    ['an Error', new Error('message')],
    ['a RegExp', /x/],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['bytes', new Uint8Array(2)],
    ['a Buffer', Buffer.from('a')],
    ['an instance', new (class A {})()],
    ['an instance that is a list', new (class A extends Array {})()],
    ['no prototype', Object.create(null)],
    ['a list without prototype', withPrototype([], null)],
    ['a list with the prototype of records', withPrototype([], Object.prototype)],
    ['a record with the prototype of lists', withPrototype({}, Array.prototype)],
    ['a record of another realm', runInNewContext('({ a: 1 })')],
    ['a list of another realm', runInNewContext('[1]')],
    ['arguments', argumentsOf(1)],
    ['a boxed number', Object(1)],
    ['a boxed text', Object('a')],
    ['a boxed bigint', Object(1n)],
    ['a boxed symbol', Object(Symbol('s'))],
    ['a Proxy', new Proxy({}, {})],
    ['a Proxy of a list', new Proxy([], {})],
    ['a tag', { [Symbol.toStringTag]: 'Tag' }],
    ['what is there twice', { a: shared, b: shared }],
    ['a list that is there twice', ((list) => [list, list])([1])],
    ['a cycle', cycle],
    ['the prototype of records', Object.prototype],
    ['the global object', globalThis],
    ['JSON', JSON],
  ])('is none for what would read back as something else: %s', (_, value) => {
    expect(sentFast(value)).toBeUndefined()
  })

  it.each<[string, object]>([
    ['an Error', new Error('message')],
    ['a Date', new Date(0)],
    ['a RegExp', /x/],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2)],
    ['bytes', new Uint8Array(2)],
    ['a DataView', new DataView(new ArrayBuffer(2))],
    ['a boxed bigint', Object(1n)],
    ['a boxed symbol', Object(Symbol('s'))],
    ['a Promise', Promise.resolve()],
    ['a WeakMap', new WeakMap()],
    ['a WeakSet', new WeakSet()],
    ['a generator', (function* () {})()],
  ])('is none for what only has the prototype of records: %s', (_, object) => {
    expect(sentFast(withPrototype(object, Object.prototype))).toBeUndefined()
  })

  it('reads back as a clone, for any value', () => {
    const values = fc.anything({
      key: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('__proto__', 'toJSON', '', '0', '10', 'length', 'value'),
      ),
      values: [
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constantFrom(null, undefined, '\ud800', -0),
      ],
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    let fast = 0
    fc.assert(
      fc.property(values, (value) => {
        if (sentFast(value) !== undefined) fast += 1
        expectAsCloned(value)
      }),
      { numRuns: 2_000 },
    )
    expect(fast).toBeGreaterThan(200)
  })

  it('reads back as a clone, for any plain value', () => {
    const plain = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
    fc.assert(
      fc.property(plain, (value) => {
        expectAsCloned(value)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is none for what is large, whatever it is', () => {
    expect(sentFast('x'.repeat(10_000))).toBeUndefined()
    expect(sentFast(Array.from({ length: 1_000 }, () => 1))).toBeUndefined()
    expect(sentFast(Object.fromEntries(Array.from({ length: 1_000 }, (_, nth) => [nth, 1])))).toBeUndefined()
    let deep: unknown = []
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(sentFast(deep)).toBeUndefined()
  })

  it('looks at a long list no longer than at its length', () => {
    const keys = vi.spyOn(Object, 'keys')
    sentFast(Array.from({ length: 100_000 }, () => 1))
    const lists = keys.mock.calls.filter(([object]) => Array.isArray(object) && object.length > 1_000)
    keys.mockRestore()
    expect(lists).toEqual([])
  })

  it.each<[string, object, PropertyKey, unknown]>([
    ['toJSON of all records', Object.prototype, 'toJSON', {}],
    ['toJSON of all lists', Array.prototype, 'toJSON', []],
    ['a tag of all records', Object.prototype, Symbol.toStringTag, {}],
    [
      'a value for a getter',
      Object.prototype,
      'value',
      Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }),
    ],
  ])('is none if the application has given lists or records %s', (_, prototype, key, value) => {
    // Before it is asked for, and not after, or the spec's own tools would see it.
    let text: string | undefined
    Object.defineProperty(prototype, key, { value: 'given', configurable: true, writable: true })
    try {
      text = plainText(['value', value])
    } finally {
      Reflect.deleteProperty(prototype, key)
    }
    expect(text).toBeUndefined()
  })

  it('runs nothing of the value: neither its getters, nor traps of a Proxy, wherever in the chain that is', () => {
    const seen: PropertyKey[] = []
    const note = (key: PropertyKey): undefined => {
      seen.push(key)
    }
    const trap = (name: string) => () => {
      seen.push(name)
      return undefined
    }
    const names = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'isExtensible'] as const
    const proxy = new Proxy({}, Object.fromEntries(names.map((name) => [name, trap(name)])))
    const getters = {
      get a() {
        return note('a')
      },
      get toJSON() {
        return note('toJSON')
      },
      get [Symbol.toStringTag]() {
        return note(Symbol.toStringTag)
      },
    }
    const list = Object.defineProperty([1], 0, { get: () => note('0'), enumerable: true })
    const things: object[] = [
      proxy,
      getters,
      Object.create(proxy),
      withPrototype([1], proxy),
      Object.create(getters),
      list,
    ]
    for (const thing of things) for (const value of [thing, [thing], { thing }]) expect(sentFast(value)).toBeUndefined()
    expect(types.isProxy(proxy)).toBe(true)
    expect(seen).toEqual([])
  })
})
