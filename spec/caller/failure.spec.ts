import { inspect } from 'node:util'
import { Failure, RxCrochetError, TimeoutError } from 'rx-crochet/caller'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { HttpError } from '../fixtures/failures-classes.js'

type Class = abstract new (...args: never[]) => unknown

const thrownBy = (step: () => unknown): unknown => {
  try {
    step()
  } catch (thrown) {
    return { thrown }
  }
  return 'it did not throw'
}

describe('a Failure', () => {
  class Point {
    x = 1
  }

  it.each<[string, unknown, unknown]>([
    ['an error', new RangeError('why'), RangeError],
    ["an error of the application's class", new HttpError(404), HttpError],
    ["one of this package's", new TimeoutError('why'), TimeoutError],
    ['a DOMException', new DOMException('why', 'AbortError'), DOMException],
    ['an instance', new Point(), Point],
    ['an object', { a: 1 }, Object],
    ['an array', [1], Array],
    ['a string', 'text', String],
    ['a number', 0, Number],
    ['NaN', Number.NaN, Number],
    ['a bigint', 1n, BigInt],
    ['a symbol', Symbol('s'), Symbol],
    ['a boolean', false, Boolean],
    ['a function', () => 1, Function],
    ['undefined', undefined, undefined],
    ['null', null, undefined],
    ['an object without a prototype', Object.create(null), undefined],
  ])('has as `value` what was thrown, and as `type` its class: %s', (_, value, type) => {
    const failure = new Failure(value)
    expect(failure.value).toBe(value)
    expect(failure.type).toBe(type)
  })

  it.each<[string, unknown, string]>([
    ['an error', new RangeError('why'), 'why'],
    ['an error without a message', new Error(), ''],
    ['a DOMException', new DOMException('why', 'AbortError'), 'why'],
    ['a number', 404, '404'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', { status: 404 }, '{ status: 404 }'],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { status: 404 }),
      '[Object: null prototype] { status: 404 }',
    ],
  ])('tells its message: %s', (_, value, message) => {
    expect(new Failure(value).getErrorMessage()).toBe(message)
  })

  it('tells the message of a string', () => {
    expect(new Failure('text').getErrorMessage()).toContain('text')
  })

  it.each<[string, unknown, readonly string[]]>([
    ['its stack', new RangeError('why'), ['RangeError: why\n    at ']],
    ['its properties', Object.assign(new Error('why'), { code: 'E_CODE' }), ["code: 'E_CODE'"]],
    [
      'its causes',
      new Error('top', { cause: new RangeError('middle', { cause: new TypeError('root') }) }),
      ['Error: top', '[cause]: RangeError: middle', '[cause]: TypeError: root'],
    ],
    ['a cause that is no error', new Error('top', { cause: 'because' }), ["[cause]: 'because'"]],
    [
      'its errors',
      new AggregateError([new RangeError('one'), 'two'], 'all'),
      ['[errors]:', 'RangeError: one', "'two'"],
    ],
    ['what is no error', { status: 404 }, ['{ status: 404 }']],
    ['undefined', undefined, ['undefined']],
  ])('shows in its traceback %s', (_, value, shown) => {
    const traceback = new Failure(value).getTraceback()
    for (const part of shown) expect(traceback).toContain(part)
  })

  it('shows in its traceback all causes, however many, and those of its errors', () => {
    const chain = (name: string): Error =>
      Array.from({ length: 20 }).reduce<Error>((cause, _, at) => new Error(`${name} ${at}`, { cause }), new Error(name))
    const value = new AggregateError([chain('one'), new AggregateError([chain('two')], 'inner')], 'all')
    const traceback = new Failure(new Error('top', { cause: value })).getTraceback()
    for (const name of ['one', 'two']) {
      expect(traceback).toMatch(new RegExp(`\\[cause\\]: Error: ${name}\\n`))
      for (let at = 0; at < 20; at++) expect(traceback).toContain(`Error: ${name} ${at}\n`)
    }
  })

  it('shows in its traceback as many causes as somebody reads, if there are very many', () => {
    let value = new Error('root')
    for (let at = 0; at < 10_000; at++) value = new Error(`cause ${at}`, { cause: value })
    const traceback = new Failure(value).getTraceback()
    for (let at = 9_900; at < 10_000; at++) expect(traceback).toContain(`Error: cause ${at}\n`)
    expect(traceback.match(/cause \d/g)?.length).toBeLessThan(110)
  })

  it('shows in its traceback no more of its properties than Node does', () => {
    const value = Object.assign(new Error('why'), { a: { b: { c: { d: 'too deep' } } } })
    expect(new Failure(value).getTraceback()).toBe(inspect(value))
  })

  it('shows in its traceback errors that are among their own errors', () => {
    const value = new AggregateError([], 'all')
    value.errors.push(value, value.errors, value)
    expect(new Failure(value).getTraceback()).toContain('[Circular *1]')
  })

  it('shows causes that lead back to it', () => {
    const value = new Error('why')
    value.cause = new RangeError('because', { cause: value })
    expect(new Failure(value).getTraceback()).toMatch(/RangeError: because[\s\S]*\[Circular \*1\]/)
  })
})

describe('check()', () => {
  it.each<[string, unknown, readonly Class[], unknown]>([
    ['the class', new RangeError(), [RangeError], RangeError],
    ['a class that it extends', new HttpError(404), [TypeError], TypeError],
    ['any error', new HttpError(404), [Error], Error],
    ["one of this package's", new TimeoutError('why'), [TimeoutError], TimeoutError],
    ["the base of this package's", new TimeoutError('why'), [RxCrochetError], RxCrochetError],
    ['the one among several', new RangeError(), [TypeError, RangeError, SyntaxError], RangeError],
    ['the first of several', new HttpError(404), [RangeError, Error, TypeError, HttpError], Error],
    ['no class that extends it', new TypeError(), [HttpError], null],
    ['none of several others', new RangeError(), [TypeError, SyntaxError], null],
    ['none, if none is given', new RangeError(), [], null],
    ['none for undefined', undefined, [Error], null],
    ['none for null', null, [Error], null],
    ['none for a string', 'text', [Error, String], null],
    ['none for an object that looks like an error', { name: 'RangeError', message: 'why' }, [RangeError, Error], null],
    ['the class of an object', new Map(), [Error, Map], Map],
  ])('finds %s', (_, value, classes, found) => {
    expect(new Failure(value).check(...classes)).toBe(found)
  })

  it('has the type of the classes', () => {
    const failure = new Failure(new RangeError())
    const found = failure.check(RangeError, TypeError)
    expectTypeOf(found).toEqualTypeOf<RangeErrorConstructor | TypeErrorConstructor | null>()
  })
})

describe('trap()', () => {
  it.each<[string, unknown, readonly Class[], unknown]>([
    ['the class', new RangeError(), [RangeError], RangeError],
    ['a class that it extends', new HttpError(404), [RangeError, TypeError], TypeError],
    ['the first of several', new HttpError(404), [Error, TypeError], Error],
    ['the class of an object', new Map(), [Map], Map],
  ])('returns %s', (_, value, classes, found) => {
    expect(new Failure(value).trap(...classes)).toBe(found)
  })

  it.each<[string, unknown, readonly Class[]]>([
    ['an error of another class', new RangeError(), [TypeError, HttpError]],
    ['an error of a class that the given one extends', new TypeError(), [HttpError]],
    ['any error, if no class is given', new RangeError(), []],
    ['a frozen error', Object.freeze(new RangeError()), [TypeError]],
    ['undefined', undefined, [Error]],
    ['null', null, [Error]],
    ['0', 0, [Error]],
    ['a string', 'text', [Error]],
    ['an object', {}, [Error]],
  ])('throws the very thing on: %s', (_, value, classes) => {
    expect(thrownBy(() => new Failure(value).trap(...classes))).toEqual({ thrown: value })
    expect(Reflect.get(Object(thrownBy(() => new Failure(value).trap(...classes))), 'thrown')).toBe(value)
  })

  it('has the type of the classes', () => {
    const found = new Failure(new RangeError()).trap(RangeError, TypeError)
    expectTypeOf(found).toEqualTypeOf<RangeErrorConstructor | TypeErrorConstructor>()
  })
})
