import { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { MessageChannel } from 'node:worker_threads'
import fc from 'fast-check'
import * as entry from 'rx-crochet'
import { EmptyError, RxCrochetError, registerError, TimeoutError } from 'rx-crochet'
import { describe, expect, it } from 'vitest'
import { decodeThrown, encodeThrown, isEncodedThrown } from '../../lib/protocol/thrown.js'
import { bare } from '../fixtures/bare-error.js'

/** What the other side gets. */
function crossed(thrown: unknown): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)))
}

/** As `crossed`, of what is to stay an error. */
function crossedError(thrown: unknown): Error & Record<string, unknown> {
  const error = crossed(thrown)
  expect(error).toBeInstanceOf(Error)
  return error as Error & Record<string, unknown> // any object may be looked at like that, and it is an Error
}

class Tree {
  readonly children: unknown[] = []
  constructor(readonly parent?: unknown) {}
}

class HttpError extends TypeError {
  readonly status = 404
}

describe('what is no error', () => {
  it.each([undefined, null, 0, -0, Number.NaN, false, '', 'text', 1n, [], [1, [2]], { code: 'E_ODD' }])(
    'crosses as structured clone has it: %o',
    (thrown) => {
      expect(crossed(thrown)).toStrictEqual(thrown)
    },
  )

  it.each([
    ['a Map', new Map([['k', { v: 1 }]])],
    ['a Set', new Set([1])],
    ['a Date', new Date(0)],
    ['a typed array', Uint8Array.of(1, 2)],
  ])('crosses as structured clone has it: %s', (_, thrown) => {
    expect(crossed(thrown)).toStrictEqual(thrown)
  })

  it.each([
    ['a function', function named() {}, 'named'],
    ['a class', HttpError, 'HttpError'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a promise', Promise.resolve(1), 'Promise'],
    ['a WeakMap', new WeakMap(), 'WeakMap'],
    ['what fails to be shown', unshowable(), '[WeakMap]'],
  ])('is replaced by a text that tells what it was, if it cannot be cloned: %s', (_, thrown, text) => {
    expect(crossed(thrown)).toEqual(expect.stringContaining(text))
  })

  it.each([
    ['a URL', new URL('http://example.org/path'), 'example.org/path'],
    ['an instance of a class without properties', new (class Bare {})(), 'Bare {}'],
  ])('is replaced by a text that tells what it was, if nothing of it would be left: %s', (_, thrown, text) => {
    expect(crossed(thrown)).toEqual(expect.stringContaining(text))
  })

  it('crosses as structured clone has it, if it is an instance of a class: with its own properties', () => {
    expect(
      crossed(
        new (class Point {
          x = 1
        })(),
      ),
    ).toStrictEqual({ x: 1 })
  })

  function unshowable(): object {
    return Object.assign(new WeakMap(), {
      [inspect.custom]() {
        throw new Error('not to be shown')
      },
    })
  }

  it.each<[string, unknown]>([
    ['an array', [new RangeError('one'), 'two', Object.assign(new Error('three'), { code: 'E_THREE' })]],
    ['a plain object', { reason: Object.assign(new RangeError('one'), { code: 'E_ONE' }), rest: 1 }],
    ['plain objects in an array', [{ status: 'fulfilled' }, { status: 'rejected', reason: new RangeError('one') }]],
    ['an object deep within', { a: [{ b: { c: [[new RangeError('one')]] } }] }],
    ['a Map, as a value', new Map([['one', Object.assign(new RangeError('one'), { code: 'E_ONE' })]])],
    ['a Map, as a key', new Map([[Object.assign(new RangeError('one'), { code: 'E_ONE' }), new Error('two')]])],
    ['a Set', new Set([Object.assign(new RangeError('one'), { code: 'E_ONE' }), 'two'])],
    ['Maps and Sets within each other', new Map([['k', new Set([[new Map([[1, new RangeError('one')]])]])]])],
  ])('keeps the errors within whole: in %s', (_, thrown) => {
    expect(crossed(thrown)).toStrictEqual(thrown)
  })

  it('keeps the errors within whole: in an instance of a class', () => {
    const reason = Object.assign(new RangeError('one'), { code: 'E_ONE' })
    expect(crossed(new Tree({ reason }))).toStrictEqual({ children: [], parent: { reason } })
  })

  it.each<[string, object]>([
    ['an instance of a class', new Tree()],
    ['a Proxy of such', new Proxy(new Tree(), {})],
    ['an instance of a class of another realm', runInContext('new (class { children = [] })()', createContext())],
    ['an instance of a class that extends null', Object.assign(Object.create(Object.create(null)), { children: [] })],
  ])('takes apart what has properties of its own: %s', (_, thrown) => {
    const parts = { error: new RangeError('one'), f() {}, back: thrown }
    const actual = crossed(Object.assign(thrown, parts)) as typeof parts // as thrown
    expect(actual).toMatchObject({ error: parts.error, f: '[Function: f]', children: [] })
    expect(actual.back).toBe(actual)
  })

  it('keeps the order of a Map and a Set, and that they lead back to themselves', () => {
    const map = new Map<unknown, unknown>([[2, 'two']])
    const set = new Set<unknown>([3, map])
    map.set(map, set).set(1, 'one').set(set, map)
    set.add(set)
    const actual = crossed(map) as typeof map // as thrown
    const [, , , [inner]] = [...actual] as [unknown, unknown, unknown, [Set<unknown>, unknown]] // as thrown
    expect([...actual.keys()]).toEqual([2, actual, 1, inner])
    expect(actual.get(actual)).toBe(inner)
    expect([...inner]).toEqual([3, actual, inner])
  })

  it('takes what a Map or a Set has, and not what its class says', () => {
    class Odd extends Map<unknown, unknown> {
      override forEach(): void {
        throw new Error('odd')
      }
      override entries(): never {
        throw new Error('odd')
      }
    }
    expect(crossed(new Odd([[1, 2]]))).toStrictEqual(new Map([[1, 2]]))
  })

  it.each<[string, object]>([
    ['a Date', new Date(0)],
    ['a RegExp', /x/g],
    ['a boxed string', Object('text')],
    ['a typed array', Float32Array.of(1, 2)],
    ['a Date of another realm', runInContext('new Date(0)', createContext())],
  ])('crosses as structured clone has it, whatever properties it was given: %s', (_, thrown) => {
    expect(crossed(Object.assign(thrown, { extra: 1 }))).toStrictEqual(structuredClone(thrown))
  })

  it.each<[string, ArrayBufferView]>([
    ['bytes', new Uint8Array(new ArrayBuffer(1_024), 8, 4)],
    ['floats', new Float32Array(new ArrayBuffer(1_024), 8, 1)],
    ['a DataView', new DataView(new ArrayBuffer(1_024), 8, 4)],
    ['a Buffer', Buffer.from('text')],
  ])('has of a buffer that others may share its own bytes only: %s', (_, view) => {
    const copy = crossed(view) as ArrayBufferView // as thrown
    expect(copy).toStrictEqual(view instanceof Buffer ? Uint8Array.from(view) : view)
    expect(copy.buffer.byteLength).toBe(4)
  })

  it.each<[string, object, string]>([
    ['emits events', Object.assign(new EventEmitter(), { data: 1 }), 'EventEmitter'],
    ['is told events', Object.assign(new EventTarget(), { data: 1 }), 'EventTarget'],
    ['is a timer', setTimeout(() => undefined, 0), 'Timeout'],
  ])('is replaced by a text that tells what it was, if it is no data: it %s', (_, thrown, text) => {
    expect(crossed(thrown)).toEqual(expect.stringContaining(text))
  })

  it('is read once, however many parts lead to it', () => {
    let reads = 0
    const root = Object.defineProperty({ leaves: [] as Tree[] }, 'name', { enumerable: true, get: () => ++reads })
    root.leaves.push(...Array.from({ length: 100 }, () => new Tree(root)))
    crossed(Object.assign(new Error('x'), { leaves: root.leaves, map: new Map([[root, root]]) }))
    expect(reads).toBe(1)
  })

  it.each<[string, unknown, unknown]>([
    ['a Map', new Map<unknown, unknown>([[Symbol('s'), () => 1]]), new Map([['Symbol(s)', '[Function (anonymous)]']])],
    ['a Set', new Set([Symbol('s'), 1]), new Set(['Symbol(s)', 1])],
    [
      'a Proxy of an array that says another length',
      new Proxy([1], { get: (list, key) => (key === 'length' ? -1 : Reflect.get(list, key)) }),
      [1],
    ],
    ['an object with a method', { method() {}, left: 1 }, { method: '[Function: method]', left: 1 }],
    ['an array', [Symbol('s'), 1], ['Symbol(s)', 1]],
    ['deep within', { a: { b: [() => 1], c: 1 } }, { a: { b: ['[Function (anonymous)]'], c: 1 } }],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { f() {}, left: 1 }),
      { f: '[Function: f]', left: 1 },
    ],
    [
      'a plain object of another realm',
      runInContext('({ s: Symbol("s"), left: 1 })', createContext()),
      { s: 'Symbol(s)', left: 1 },
    ],
    [
      'a getter that throws',
      {
        get broken() {
          throw 'no such luck'
        },
        left: 1,
      },
      { broken: "[getter threw: 'no such luck']", left: 1 },
    ],
    ['a Proxy of an object', new Proxy({ inner: 1 }, {}), { inner: 1 }],
    ['a Proxy of an array', new Proxy([1, 2], {}), [1, 2]],
  ])('has a text in place of what cannot be cloned within, and keeps the rest: %s', (_, thrown, arrives) => {
    expect(crossed(thrown)).toStrictEqual(arrives)
  })

  it.each<[string, unknown]>([
    ['holes', Object.assign(new Array(5), { 1: new RangeError('one'), 3: 2 })],
    ['properties of its own', Object.assign([new RangeError('one')], { index: 3 })],
    ['nothing in it, and a length', new Array(2 ** 32 - 1)],
  ])('keeps an array as it is: with %s', (_, thrown) => {
    const [actual, expected] = [crossed(thrown), thrown] as [unknown[], unknown[]] // both are arrays
    expect(Array.isArray(actual)).toBe(true)
    expect(actual.length).toBe(expected.length)
    expect(Object.entries(actual)).toStrictEqual(Object.entries(expected))
  })

  it('keeps which of its parts are one, and those that lead back', () => {
    const shared = { f() {} }
    const thrown: Record<string, unknown> = { one: shared, other: [shared] }
    thrown.self = thrown
    const actual = crossed(thrown) as { one: unknown; other: unknown[]; self: unknown } // as thrown
    expect(actual.other[0]).toBe(actual.one)
    expect(actual.self).toBe(actual)
  })

  it('keeps a property named `__proto__` a property', () => {
    const actual = crossed(JSON.parse('{ "__proto__": { "polluted": true } }'))
    expect(Object.getPrototypeOf(actual)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(actual, '__proto__')?.value).toEqual({ polluted: true })
  })
})

describe('an error', () => {
  const BUILT_IN = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]
  const OWN = Object.values(entry).filter(isOwnErrorClass)

  it.each(BUILT_IN)('keeps its class, built in: %o', (made) => {
    const error = crossedError(new made('why'))
    expect(Object.getPrototypeOf(error)).toBe(made.prototype)
    expect(error).toMatchObject({ name: made.name, message: 'why' })
  })

  it.each(OWN.map((made) => ({ name: made.name, made })))(
    "keeps its class, this package's: $name",
    ({ name, made }) => {
      const error = crossedError(new made('why'))
      expect(Object.getPrototypeOf(error)).toBe(made.prototype)
      expect(error).toMatchObject({ name, message: 'why', code: new made('').code })
      expect(Object.keys(error), 'the class has name and code, the error none of its own').toEqual([])
    },
  )

  it('keeps its class, if it is a built-in one of another realm', () => {
    const foreign: unknown = runInContext("new RangeError('far', { cause: new URIError('farther') })", createContext())
    expect(foreign).not.toBeInstanceOf(Error)
    const error = crossedError(foreign)
    expect(error).toBeInstanceOf(RangeError)
    expect(error.cause).toBeInstanceOf(URIError)
  })

  it('has the nearest class that both sides know, and its own name and properties', () => {
    const error = crossedError(new HttpError('not found'))
    expect(Object.getPrototypeOf(error)).toBe(TypeError.prototype)
    expect(error).toMatchObject({ name: 'TypeError', message: 'not found', status: 404 })
  })

  it("is none of this package's, if only the names are alike", () => {
    const namesake = { TimeoutError: class TimeoutError extends Error {} }
    const error = crossedError(new namesake.TimeoutError('theirs'))
    expect(error).not.toBeInstanceOf(TimeoutError)
    expect(error).not.toBeInstanceOf(RxCrochetError)
  })

  it('is none of the built-in class, if only the names are alike', () => {
    const namesake = Object.defineProperty(class extends Error {}, 'name', { value: 'TypeError' })
    const error = crossedError(new namesake('theirs'))
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
  })

  it.each([
    ['own', Object.assign(new Error('x'), { name: 'CustomError' })],
    [
      'of its class',
      new (class extends Error {
        override get name() {
          return 'CustomError'
        }
      })('x'),
    ],
  ])('keeps its name: %s', (_, thrown) => {
    expect(crossedError(thrown).name).toBe('CustomError')
  })

  it('keeps its name as it is: own and enumerable, or not; or no text', () => {
    const shown = Object.assign(new Error('x'), { name: 'CustomError' })
    expect(Object.entries(crossedError(shown))).toEqual([['name', 'CustomError']])
    const hidden = Object.defineProperty(new Error('x'), 'name', { value: 'CustomError' })
    expect(Object.entries(crossedError(hidden))).toEqual([])
    expect(crossedError(Object.assign(new Error('x'), { name: 5 })).name).toBe(5)
  })

  it.each([
    ['own', Object.assign(new Error('x'), { code: 'E_CODE' })],
    [
      'of its class',
      new (class extends Error {
        get code() {
          return 'E_CODE'
        }
      })('x'),
    ],
    ["of this package's class", Object.assign(new EmptyError('x'), { code: 'E_CODE' })],
    [
      "of a class that extends one of this package's",
      new (class extends EmptyError {
        // @ts-expect-error: not by a getter, says its type
        override get code() {
          return 'E_CODE'
        }
      })('x'),
    ],
    [
      'of a class that extends DOMException',
      new (class extends DOMException {
        // @ts-expect-error: a number, says its type
        override get code() {
          return 'E_CODE'
        }
      })('x', 'AbortError'),
    ],
  ])('keeps its code: %s', (_, thrown) => {
    expect(crossedError(thrown).code).toBe('E_CODE')
  })

  it('keeps its stack', () => {
    const thrown = new Error('x')
    expect(crossedError(thrown).stack).toBe(thrown.stack)
  })

  it("keeps its message in its stack, though that names this package's own files", () => {
    const message = `see ${new URL('../../lib/index.js', import.meta.url)}\nand ${new URL('../../lib/errors.js', import.meta.url)}`
    expect(crossedError(new Error(message)).stack).toContain(message)
  })

  it('keeps which of its properties are enumerable', () => {
    const thrown = Object.defineProperty(new Error('x', { cause: 1 }), 'hidden', { value: 2, enumerable: false })
    const error = crossedError(Object.assign(thrown, { shown: 3 }))
    expect(error).toMatchObject({ cause: 1, hidden: 2, shown: 3 })
    expect(Object.keys(error)).toEqual(['shown'])
  })

  it.each([
    { zero: 0, other: -0 },
    { other: -0, zero: 0 },
  ])('keeps 0 and -0 apart: %o', (own) => {
    const { zero, other } = crossedError(Object.assign(new Error('x'), own))
    expect([zero, other]).toStrictEqual([0, -0])
  })

  it('keeps a property named `__proto__` a property', () => {
    const thrown = Object.defineProperty(new Error('x'), '__proto__', { value: { polluted: true }, enumerable: true })
    const error = crossedError(thrown)
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype)
    expect(Object.getOwnPropertyDescriptor(error, '__proto__')?.value).toEqual({ polluted: true })
  })

  it.each([
    ['a function', function retry() {}, 'retry'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a URL', new URL('http://example.org/path'), 'example.org/path'],
  ])('has a text in place of a property that cannot be cloned, and keeps the others: %s', (_, property, text) => {
    const error = crossedError(Object.assign(new Error('x'), { property, left: 1 }))
    expect(error).toMatchObject({ property: expect.stringContaining(text), left: 1 })
  })

  it('keeps a property whose key is a registered symbol, and has one by the text of any other symbol', () => {
    const own = { [Symbol.for('registered')]: 1, [Symbol('own')]: 2, [Symbol.toStringTag]: 'Tag' }
    const error = crossedError(Object.assign(new Error('x'), own))
    expect(Reflect.get(error, Symbol.for('registered'))).toBe(1)
    expect(error).toMatchObject({ 'Symbol(own)': 2, 'Symbol(Symbol.toStringTag)': 'Tag' })
    expect(Object.getOwnPropertySymbols(error)).toEqual([Symbol.for('registered')])
  })

  it('leaves its properties to be changed and deleted, though they could not be where it came from', () => {
    const error = crossedError(
      Object.freeze(Object.assign(new Error('x', { cause: 1 }), { code: 'E', name: 'Frozen' })),
    )
    for (const key of Object.getOwnPropertyNames(error)) {
      expect(Object.getOwnPropertyDescriptor(error, key), key).toMatchObject({ configurable: true, writable: true })
    }
    expect(Object.isExtensible(error)).toBe(true)
  })

  it.each<[string, PropertyDescriptor, string]>([
    ['none', { value: undefined }, 'undefined'],
    ['no text', { value: ['not', 'text'] }, "[ 'not', 'text' ]"],
  ])('has a text as its stack, if it has %s', (_, descriptor, text) => {
    expect(crossedError(Object.defineProperty(new Error('x'), 'stack', descriptor)).stack).toBe(text)
  })

  it.each(['code', 'cause', 'errors', 'message', 'name', 'stack'])('may have a getter that throws: %s', (key) => {
    const thrown = Object.defineProperty(new RangeError('x'), key, {
      get() {
        throw new Error('no such luck')
      },
    })
    expect(crossedError(thrown)[key]).toEqual(expect.stringContaining('no such luck'))
  })

  it('may be its own cause', () => {
    const thrown = new Error('x')
    thrown.cause = thrown
    const error = crossedError(thrown)
    expect(error.cause).toBe(error)
  })

  it('may stand among its own errors', () => {
    const errors: unknown[] = []
    const thrown = new AggregateError([], 'all')
    thrown.errors = errors
    errors.push(thrown, errors)
    const error = crossedError(thrown)
    expect(error.errors).toEqual([error, expect.anything()])
  })

  it('is one, wherever it stands', () => {
    const shared = new Error('shared')
    const error = crossedError(new AggregateError([shared, shared], 'all', { cause: shared }))
    const [first, second] = error.errors as unknown[] // an AggregateError's
    expect(first).toBe(error.cause)
    expect(second).toBe(error.cause)
  })

  it('keeps its chain of causes, however long', () => {
    const error = crossed(chain(100_000))
    let length = 0
    for (let at = error; at instanceof Error; at = at.cause) length += 1
    expect(length).toBe(100_001)
  })

  it('keeps what is nested in it, however deep', () => {
    let nested: unknown = 'root'
    for (let depth = 0; depth < 100_000; depth++) nested = depth % 2 === 0 ? [nested] : { nested }
    let at: unknown = crossedError(Object.assign(new Error('x'), { nested }))
    let depth = -1
    for (; typeof at === 'object'; at = Object.values(Object(at))[0]) depth += 1
    expect([at, depth]).toEqual(['root', 100_000])
  })

  it('is a copy of its own each time it is decoded', () => {
    const encoded = encodeThrown(new Error('x', { cause: { a: 1 } }))
    const [one, other] = [decodeThrown(encoded), decodeThrown(encoded)] as [Error, Error] // an Error was encoded
    expect(one).not.toBe(other)
    expect(one.cause).toEqual(other.cause)
    expect(one.cause).not.toBe(other.cause)
  })

  function isOwnErrorClass(value: unknown): value is new (message: string) => RxCrochetError {
    return typeof value === 'function' && value.prototype instanceof RxCrochetError
  }

  function chain(causes: number): Error {
    let thrown = bare(Error, 'root')
    for (let depth = 0; depth < causes; depth++) thrown = bare(RangeError, `${depth}`, { cause: thrown })
    return thrown
  }

  /** Without frames, for very many. */
})

describe('an error of a registered class', () => {
  class RegisteredError extends Error {
    declare limit: number
    declare code: string

    get isOver(): boolean {
      return this.limit > 1
    }
  }
  class SetterError extends Error {
    set detail(_: unknown) {
      throw new Error('set')
    }
  }
  class MessageError extends Error {
    override get message(): string {
      return 'of the class'
    }
  }
  class PrivateError extends Error {
    readonly #name = 'PrivateName'
    readonly #code = 'E_PRIVATE'

    override get name(): string {
      return this.#name
    }

    get code(): string {
      return this.#code
    }
  }
  class AbortedError extends DOMException {
    get isAborted(): boolean {
      return this.name === 'AbortError'
    }
  }
  for (const one of [RegisteredError, SetterError, MessageError, PrivateError, AbortedError]) registerError(one)

  it('keeps its class, its own properties and what its class has', () => {
    const error = crossedError(Object.assign(new RegisteredError('x'), { limit: 2, code: 'E_OWN' }))
    expect(Object.getPrototypeOf(error)).toBe(RegisteredError.prototype)
    expect(error).toMatchObject({ limit: 2, isOver: true, code: 'E_OWN' })
  })

  it('has no property that the thrown one did not have', () => {
    const error = crossedError(new RegisteredError('x'))
    expect(Object.getOwnPropertyNames(error).sort()).toEqual(['message', 'stack'])
  })

  it('is made without calling the setters of its class', () => {
    const thrown = Object.defineProperty(new SetterError('x'), 'detail', { value: 1, enumerable: true })
    expect(crossedError(thrown)).toMatchObject({ detail: 1 })
  })

  it('keeps the name and the code that its class says, though its getters fail on the copy for its private fields', () => {
    const error = crossedError(new PrivateError('x'))
    expect(Object.getPrototypeOf(error)).toBe(PrivateError.prototype)
    expect(error).toMatchObject({ name: 'PrivateName', code: 'E_PRIVATE', message: 'x' })
  })

  it('keeps what a DOMException has, if its class extends that', () => {
    const error = crossedError(new AbortedError('why', 'AbortError'))
    expect(Object.getPrototypeOf(error)).toBe(AbortedError.prototype)
    expect(error).toMatchObject({ name: 'AbortError', code: DOMException.ABORT_ERR, message: 'why', isAborted: true })
  })

  it('is built without formatting a stack of here, which the application may do, and fail', () => {
    const encoded = encodeThrown(new RegisteredError('x'))
    const { prepareStackTrace } = Error
    Error.prepareStackTrace = () => {
      throw new Error('no such luck')
    }
    try {
      expect(decodeThrown(encoded)).toBeInstanceOf(RegisteredError)
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
  })

  it('keeps the message that its class says', () => {
    expect(crossedError(new MessageError()).message).toBe('of the class')
  })

  it('keeps its class as a cause, among errors and in a property', () => {
    const thrown = Object.assign(
      new AggregateError([new RegisteredError('a')], 'all', { cause: new RegisteredError('b') }),
      {
        one: new RegisteredError('c'),
      },
    )
    const { errors, cause, one } = crossedError(thrown)
    expect(errors).toEqual([expect.any(RegisteredError)])
    expect([cause, one]).toEqual([expect.any(RegisteredError), expect.any(RegisteredError)])
  })
})

describe('a DOMException', () => {
  it('keeps its class, name and code', () => {
    const error = crossedError(new DOMException('why', 'AbortError'))
    expect(error).toBeInstanceOf(DOMException)
    expect(error).toMatchObject({ name: 'AbortError', message: 'why', code: DOMException.ABORT_ERR })
  })

  it('keeps its cause, its stack and its own properties', () => {
    const thrown = Object.assign(new DOMException('why', 'TimeoutError'), { cause: new RangeError('y'), extra: 1 })
    const error = crossedError(thrown)
    expect(error).toMatchObject({ cause: expect.any(RangeError), extra: 1, stack: thrown.stack })
  })
})

describe('an AggregateError', () => {
  it('keeps its errors, whatever they are', () => {
    const thrown = new AggregateError(
      [new RangeError('one'), undefined, 'two', new AggregateError([0], 'inner')],
      'all',
    )
    const error = crossedError(thrown)
    expect(error).toBeInstanceOf(AggregateError)
    expect(error.errors).toStrictEqual(thrown.errors)
  })

  it('has a text in place of an error that cannot be cloned, and keeps the others', () => {
    const error = crossedError(new AggregateError([function odd() {}, new RangeError('one')], 'all'))
    expect(error.errors).toStrictEqual([expect.stringContaining('odd'), new RangeError('one')])
  })

  it('has a text in place of an error that cannot be cloned, and keeps the others, if none is an Error', () => {
    const error = crossedError(new AggregateError([function odd() {}, 'two'], 'all'))
    expect(error.errors).toStrictEqual([expect.stringContaining('odd'), 'two'])
  })
})

/** A part of a table that is as good as any other, to spoil it. */
const anIndex = { key: 'k', enumerable: true, part: 0 }

describe('what was posted as a thrown thing', () => {
  const record = (...properties: unknown[]) => ({ parts: [{ type: 'record', properties }] })
  const list = (length: unknown, ...properties: unknown[]) => ({ parts: [{ type: 'list', length, properties }] })
  const error = (own: object) => {
    const [part] = encodeThrown(new Error('x')).parts
    return { parts: [{ ...part, ...own }] }
  }
  const holes = new Array(2 ** 32 - 1)

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no table', {}],
    ['a table that is no array', { parts: { length: 1 } }],
    ['an empty table', { parts: [] }],
    ['a table of holes', { parts: holes }],
    ['a part that is null', { parts: [null] }],
    ['a part of no type', { parts: [{}] }],
    ['a part of another type', { parts: [{ type: 'constructor' }] }],
    ['a list of a negative length', list(-1)],
    ['a list of half a length', list(1.5)],
    ['a list that is longer than an array can be', list(2 ** 32)],
    ['a list whose length is no number', list('1')],
    ['a list with a property that is its length', list(0, { ...anIndex, key: 'length' })],
    ['a list without properties', { parts: [{ type: 'list', length: 0 }] }],
    ['properties that are holes', { parts: [{ type: 'record', properties: holes }] }],
    ['a property that is null', record(null)],
    ['a property without a key', record({ ...anIndex, key: undefined })],
    ['a property whose key is a number', record({ ...anIndex, key: 1 })],
    ['a property whose key is registered under no text', record({ ...anIndex, key: { registered: 1 } })],
    ['a property that is neither enumerable nor not', record({ ...anIndex, enumerable: 1 })],
    ['a part that is not in the table', record({ ...anIndex, part: 1 })],
    ['a part before the table', record({ ...anIndex, part: -1 })],
    ['half a part', record({ ...anIndex, part: 0.5 })],
    ['a part by a text', record({ ...anIndex, part: '0' })],
    ['an error without properties', error({ properties: undefined })],
    ['an error whose classes are no list', error({ classes: 5 })],
    ['an error whose classes are no texts', error({ classes: [5] })],
    ['an error whose message is no text', error({ message: 5 })],
    ['an error whose stack is no text', error({ stack: undefined })],
    ['an error whose name is no text', error({ name: null })],
    ['an error whose code is not in the table', error({ code: 1 })],
    ['a Map without entries', { parts: [{ type: 'map' }] }],
    ['a Map with an entry of one', { parts: [{ type: 'map', entries: [[0]] }] }],
    ['a Map with an entry of holes', { parts: [{ type: 'map', entries: [holes] }] }],
    ['a Map with an entry that is not in the table', { parts: [{ type: 'map', entries: [[0, 1]] }] }],
    ['a Set without members', { parts: [{ type: 'set', members: 0 }] }],
    ['a Set with a member that is not in the table', { parts: [{ type: 'set', members: [1] }] }],
  ])('is refused: %s', (_, posted) => {
    expect(isEncodedThrown(posted)).toBe(false)
  })

  it('is decoded without taking memory for what is not there', () => {
    const before = process.memoryUsage().rss
    const decoded = Array.from({ length: 50 }, () => decodeThrown(taken(list(30_000_000)))) as unknown[][] // of lists
    expect(decoded.map((one) => one.length)).toEqual(new Array(50).fill(30_000_000))
    expect(process.memoryUsage().rss - before, 'bytes').toBeLessThan(1_000_000_000)
  })

  it('has a text in place of what cannot be copied once more, since it was transferred', () => {
    const { port1, port2 } = new MessageChannel()
    port2.close()
    expect(decodeThrown(taken({ parts: [{ type: 'value', value: port1 }] }))).toContain('MessagePort')
  })

  const nasty = fc.oneof(
    fc.anything({ withSparseArray: true, withMap: true, withSet: true, withNullPrototype: true }),
    fc.constantFrom<unknown>(-1, 0, 1, 0.5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.NaN, 'length', '__proto__', holes),
    fc.constantFrom('error', 'list', 'record', 'map', 'set', 'value', undefined, null, [], {}, () => 1),
  )
  const path = fc.array(fc.nat(), { minLength: 1, maxLength: 6 })

  it('is refused, or decoded without a failure, whatever it is', () => {
    const key = fc.oneof(fc.string(), fc.record({ registered: fc.string() }))
    const property = fc.record({ key, enumerable: fc.boolean(), part: fc.nat(3) })
    const part = fc.record(
      {
        type: fc.constantFrom('error', 'list', 'record', 'map', 'set', 'value'),
        classes: fc.array(fc.constantFrom('TypeError', 'DOMException', 'TimeoutError', 'constructor', '')),
        message: fc.string(),
        stack: fc.string(),
        name: fc.string(),
        code: fc.option(fc.nat(3), { nil: undefined }),
        length: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        properties: fc.array(property, { maxLength: 4 }),
        entries: fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 4 }),
        members: fc.array(fc.nat(3), { maxLength: 4 }),
        value: fc.anything(),
      },
      { noNullPrototype: true },
    )
    const table = fc.record({ parts: fc.array(part, { minLength: 4, maxLength: 8 }) })
    fc.assert(
      fc.property(fc.oneof(nasty, table), (posted) => {
        if (isEncodedThrown(posted)) decodeThrown(posted)
      }),
      { numRuns: 1_000 },
    )
    // And those tables that are spoilt nowhere are taken: what was decoded above is not nothing.
    fc.assert(
      fc.property(table, (posted) => {
        fc.pre(!JSON.stringify(posted).includes('"length","enumerable"'))
        expect(isEncodedThrown(posted)).toBe(true)
      }),
    )
  })

  it('is refused, or decoded without a failure, wherever it was spoilt', () => {
    const thrown = Object.assign(
      new AggregateError([new HttpError('x'), Object.assign(new Array(3), { 1: 1 })], 'all', { cause: new Tree({}) }),
      {
        map: new Map<unknown, unknown>([[{ a: 1 }, new DOMException('x', 'AbortError')]]),
        set: new Set([new TimeoutError('x')]),
        [Symbol.for('registered')]: new Date(0),
      },
    )
    const encoded = encodeThrown(thrown)
    expect(isEncodedThrown(encoded)).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.tuple(path, nasty), { minLength: 1, maxLength: 3 }), (faults) => {
        const posted = structuredClone(encoded)
        for (const [steps, fault] of faults) spoil(posted, steps, fault)
        if (isEncodedThrown(posted)) decodeThrown(posted)
      }),
      { numRuns: 3_000 },
    )
  })

  /** Follows the steps as far as they lead, and puts the fault there. */
  function spoil(owner: object, [step = 0, ...steps]: readonly number[], fault: unknown): void {
    const keys = Object.keys(owner)
    const key = keys[step % keys.length]
    if (key === undefined) return
    const inner: unknown = Reflect.get(owner, key)
    if (steps.length === 0 || typeof inner !== 'object' || inner === null) Reflect.set(owner, key, fault)
    else spoil(inner, steps, fault)
  }

  function taken(posted: unknown) {
    if (!isEncodedThrown(posted)) throw new Error('it was refused')
    return posted
  }
})

describe('decoding', () => {
  it('works in a program that has frozen Error, and leaves its stackTraceLimit alone', () => {
    const encoded = encodeThrown(new RangeError('why'))
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
    if (limit === undefined) throw new Error('it is there')
    decodeThrown(encoded)
    expect(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')).toEqual(limit)
    Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false })
    try {
      expect(decodeThrown(encoded)).toEqual(new RangeError('why'))
    } finally {
      Object.defineProperty(Error, 'stackTraceLimit', limit)
    }
  })
})

describe('encoding', () => {
  const broken = (): never => {
    throw new Error('trap')
  }
  const TRAPS = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const

  it.each(
    TRAPS.flatMap((trap) => [
      { trap, of: {} },
      { trap, of: new Error('x') },
    ]),
  )('never throws, nor does what it gives fail to be cloned: a Proxy whose $trap trap throws', ({ trap, of }) => {
    const encoded = encodeThrown(new Proxy(of, { [trap]: broken }))
    expect(() => structuredClone(encoded)).not.toThrow()
  })

  it('never throws: bytes of a class that fails to make others', () => {
    class Odd extends Uint8Array {
      static get [Symbol.species](): never {
        throw new Error('odd')
      }
    }
    expect(crossed(new Odd(new ArrayBuffer(8), 4))).toContain('Odd')
  })

  it('never throws, nor does what it gives fail to be cloned: a revoked Proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const encoded = encodeThrown(proxy)
    expect(() => structuredClone(encoded)).not.toThrow()
  })

  it.each<[string, (flaky: object) => unknown]>([
    ['a thrown object', (flaky) => flaky],
    ["an error's property", (flaky) => Object.assign(new Error('x'), { flaky })],
    ["an error's cause", (flaky) => new Error('x', { cause: flaky })],
    ['an array of errors', (flaky) => [new Error('x'), flaky]],
  ])('never gives what fails to be cloned, though a getter throws when it is read again: in %s', (_, put) => {
    let reads = 0
    const flaky = {
      get once() {
        if (reads++ > 0) throw new Error('read again')
        return 1
      },
    }
    const encoded = encodeThrown(put(flaky))
    expect(() => structuredClone(encoded)).not.toThrow()
  })

  it('leaves the thrown thing as it was', () => {
    const thrown = Object.assign(new HttpError('x', { cause: new Error('y') }), { f() {}, list: [new Error('z')] })
    const before = inspect(thrown)
    encodeThrown(thrown)
    expect(inspect(thrown)).toBe(before)
  })
})
