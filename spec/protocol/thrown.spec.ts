import { inspect } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import * as entry from 'rx-crochet'
import { EmptyError, RxCrochetError, registerError, TimeoutError } from 'rx-crochet'
import { describe, expect, it } from 'vitest'
import { decodeThrown, encodeThrown } from '../../lib/protocol/thrown.js'

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
    ['an object with a method', { method() {} }, 'method'],
    ['a WeakMap', new WeakMap(), 'WeakMap'],
    ['an object that fails to be shown', unshowable(), '[object]'],
  ])('is replaced by a text that tells what it was, if it cannot be cloned: %s', (_, thrown, text) => {
    expect(crossed(thrown)).toEqual(expect.stringContaining(text))
  })

  function unshowable(): object {
    return {
      method() {},
      [inspect.custom]() {
        throw new Error('not to be shown')
      },
    }
  }

  it('keeps the errors in an array whole', () => {
    const thrown = [new RangeError('one'), 'two', Object.assign(new Error('three'), { code: 'E_THREE' })]
    expect(crossed(thrown)).toStrictEqual(thrown)
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
    ['an object with a function deep within', { a: { b: [() => 1] } }, 'a'],
    ['a Proxy', new Proxy({ inner: 1 }, {}), 'inner'],
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

  it('keeps its chain of causes, a thousand long', () => {
    let thrown = new Error('root')
    for (let depth = 0; depth < 1_000; depth++) thrown = new RangeError(`${depth}`, { cause: thrown })
    expect(chainOf(crossed(thrown))).toBe(1_001)
  })

  it('keeps the beginning of a chain of causes that is too long', () => {
    let thrown = new Error('root')
    for (let depth = 0; depth < 100_000; depth++) thrown = new RangeError(`${depth}`, { cause: thrown })
    expect(crossed(thrown)).toMatchObject({ message: '99999', cause: { message: '99998' } })
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

  function chainOf(error: unknown): number {
    let length = 0
    for (let at = error; at instanceof Error; at = at.cause) length += 1
    return length
  }
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
  for (const one of [RegisteredError, SetterError, MessageError]) registerError(one)

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

describe('any graph of errors', () => {
  const CLASSES = [
    Error,
    RangeError,
    TypeError,
    SyntaxError,
    URIError,
    TimeoutError,
    EmptyError,
    AggregateError,
  ] as const

  /** A part of a graph: some value, or the error of that number. */
  type Plan = { value: unknown } | { error: number }
  interface ErrorPlan {
    readonly made: (typeof CLASSES)[number]
    readonly message: string
    readonly name: string | undefined
    readonly cause: Plan | undefined
    readonly errors: readonly Plan[] | undefined
    readonly properties: readonly (readonly [key: string, plan: Plan, enumerable: boolean])[]
  }

  /** What structured clone gives back as it was. */
  const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
  const plan: fc.Arbitrary<Plan> = fc.oneof(fc.record({ value }), fc.record({ error: fc.nat(7) }))
  const key = fc
    .oneof(fc.string(), fc.constantFrom('code', 'status', 'constructor', '__proto__', 'toString'))
    .filter(isFree)
  const errorPlan: fc.Arbitrary<ErrorPlan> = fc.record({
    made: fc.constantFrom(...CLASSES),
    message: fc.string(),
    name: fc.option(fc.string(), { nil: undefined }),
    cause: fc.option(plan, { nil: undefined }),
    errors: fc.option(fc.array(plan, { maxLength: 4 }), { nil: undefined }),
    properties: fc.uniqueArray(fc.tuple(key, plan, fc.boolean()), { maxLength: 4, selector: ([name]) => name }),
  })

  it('crosses as it is: classes, names, messages, stacks, causes, errors, properties and cycles', () => {
    fc.assert(
      fc.property(fc.array(errorPlan, { minLength: 1, maxLength: 8 }), (plans) => {
        const thrown = build(plans)
        expectSame(crossed(thrown), thrown)
      }),
      { numRuns: 500 },
    )
  })

  /** Makes all errors first, then ties them. */
  function build(plans: readonly ErrorPlan[]): unknown {
    const errors = plans.map(
      ({ made, message }) =>
        made === AggregateError ? new AggregateError([], message) : new (made as ErrorConstructor)(message), // all others take it first
    )
    const part = (it: Plan): unknown => ('value' in it ? it.value : errors[it.error % errors.length])
    for (const [index, { name, cause, errors: list, properties }] of plans.entries()) {
      const define = (key: string, value: unknown, enumerable: boolean) =>
        Object.defineProperty(errors[index], key, { value, enumerable, configurable: true, writable: true })
      if (name !== undefined) define('name', name, false)
      if (cause !== undefined) define('cause', part(cause), false)
      if (list !== undefined) define('errors', list.map(part), false)
      for (const [key, it, enumerable] of properties) define(key, part(it), enumerable)
    }
    return errors[0]
  }

  /** Follows both graphs side by side. */
  function expectSame(actual: unknown, expected: unknown, pairs = new Map<unknown, unknown>()): void {
    if (pairs.has(expected)) return expect(actual, 'one and the same as before').toBe(pairs.get(expected))
    if (Array.isArray(expected) && expected.some((item) => item instanceof Error)) {
      pairs.set(expected, actual)
      expect(actual).toHaveLength(expected.length)
      expected.forEach((item, index) => {
        expectSame(Reflect.get(Object(actual), index), item, pairs)
      })
    } else if (expected instanceof Error) {
      pairs.set(expected, actual)
      expect(Object.getPrototypeOf(actual)).toBe(Object.getPrototypeOf(expected))
      expect(partsOf(actual)).toEqual(partsOf(expected))
      for (const key of ownKeys(expected))
        expectSame(Reflect.get(Object(actual), key), Reflect.get(expected, key), pairs)
    } else {
      expect(actual).toStrictEqual(structuredClone(expected))
    }
  }

  function partsOf(error: unknown): unknown {
    const { name, message, stack } = error as Error // its prototype is an error's
    const shown = ownKeys(error).filter((key) => Object.prototype.propertyIsEnumerable.call(error, key))
    return { name, message, stack, keys: ownKeys(error).sort(), shown: shown.sort() }
  }

  function ownKeys(error: unknown): string[] {
    return Object.getOwnPropertyNames(error).filter(isFree)
  }

  function isFree(name: string): boolean {
    return !['name', 'message', 'stack'].includes(name)
  }
})
