import { DefinitionError, type ErrorClass, RxCrochetError, registerError, TimeoutError } from 'rx-crochet/caller'
import { afterEach, describe, expect, it } from 'vitest'
import { known, nameOfClass } from '../../lib/protocol/error-classes.js'
import { thisThread } from '../../lib/protocol/thread.js'

class QuotaError extends Error {}
/** Others of the same names. */
const THEIRS = {
  QuotaError: namesake('QuotaError'),
  TypeError: namesake('TypeError'),
  TimeoutError: namesake('TimeoutError'),
  DOMException: namesake('DOMException'),
  AggregateError: namesake('AggregateError'),
}

function namesake(name: string): ErrorClass {
  return Object.defineProperty(class extends Error {}, 'name', { value: name })
}

afterEach(() => thisThread.errorClasses.clear())

/** What a caller without types may give. */
const register = (given: unknown): void => registerError(given as ErrorClass)

describe('registerError()', () => {
  it('makes a class known by its name', () => {
    expect([known('QuotaError'), nameOfClass(QuotaError.prototype)]).toEqual([undefined, undefined])
    registerError(QuotaError)
    expect([known('QuotaError'), nameOfClass(QuotaError.prototype)]).toEqual([QuotaError, 'QuotaError'])
  })

  it('makes no other class known: not what it extends, nor what extends it, nor one of the same name', () => {
    class Extended extends QuotaError {}
    registerError(QuotaError)
    expect(nameOfClass(Extended.prototype)).toBeUndefined()
    expect(nameOfClass(THEIRS.QuotaError.prototype)).toBeUndefined()
    expect(known('Extended')).toBeUndefined()
  })

  it.each(Object.values(THEIRS))('is needed for a class that has the name of another: %o', (theirs) => {
    expect(nameOfClass(theirs.prototype)).toBeUndefined()
  })

  it('takes the same class again', () => {
    registerError(QuotaError)
    registerError(QuotaError)
    expect(known('QuotaError')).toBe(QuotaError)
  })

  it.each([TypeError, AggregateError, DOMException, TimeoutError])('takes a class that is known already: %o', (one) => {
    registerError(one)
    expect(known(one.name)).toBe(one)
  })

  it('takes an abstract class', () => {
    abstract class BaseError extends Error {}
    registerError(BaseError)
    expect(known('BaseError')).toBe(BaseError)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'QuotaError'],
    ['an error', new QuotaError()],
    ['an object', {}],
    ['an arrow function', () => 1],
    ['a function', function QuotaError() {}],
    ['a class that extends nothing', class Quota {}],
    ['a class that extends another', class Quota extends Map {}],
    ['a symbol', Symbol('QuotaError')],
    ['what cannot be made a text', Object.create(null)],
  ])('refuses with TypeError what is no class of errors: %s', (_, given) => {
    expect(() => register(given)).toThrow(TypeError)
    expect(() => register(given)).toThrow(/^registerError\(\) takes a class that extends Error; it was given `/)
    expect([...thisThread.errorClasses.keys()]).toEqual([])
  })

  it.each<[string, ErrorClass]>([
    ['none', (() => class extends Error {})()],
    [
      'a static method in its place',
      class extends Error {
        static override name(): void {}
      },
    ],
  ])('refuses with TypeError a class without a name: %s', (_, unnamed) => {
    expect(() => registerError(unnamed)).toThrow(
      new TypeError('registerError() was given a class without a name, by which it could be told'),
    )
    expect([...thisThread.errorClasses.keys()]).toEqual([])
  })

  it.each([
    ["the language's", THEIRS.TypeError, TypeError],
    ["another of the language's", THEIRS.AggregateError, AggregateError],
    ["Node's", THEIRS.DOMException, DOMException],
    ["this package's", THEIRS.TimeoutError, TimeoutError],
  ])('refuses with DefinitionError a class that has the name of one of %s', (_, theirs, ours) => {
    expect(() => registerError(theirs)).toThrow(DefinitionError)
    expect(() => registerError(theirs)).toThrow(`\`${theirs.name}\``)
    expect(known(theirs.name)).toBe(ours)
  })

  it('refuses with DefinitionError a class that has the name of another registered one', () => {
    registerError(QuotaError)
    expect(() => registerError(THEIRS.QuotaError)).toThrow(DefinitionError)
    expect(() => registerError(THEIRS.QuotaError)).toThrow(/`QuotaError`.*name one of them anew/)
    expect(known('QuotaError')).toBe(QuotaError)
  })

  it('refuses with an error of this package, with its code', () => {
    registerError(QuotaError)
    expect(() => registerError(THEIRS.QuotaError)).toThrow(RxCrochetError)
    expect(() => registerError(THEIRS.QuotaError)).toThrow(
      expect.objectContaining({ code: 'ERR_RX_CROCHET_DEFINITION' }),
    )
  })
})

describe('known names', () => {
  it.each(['', 'Object', 'constructor', '__proto__', 'toString', 'Map'])(
    'are none but those of error classes: `%s`',
    (name) => {
      expect(known(name)).toBeUndefined()
    },
  )

  it.each<[string, object]>([
    ['a prototype without a constructor', Object.create(Error.prototype)],
    ['one whose constructor is no function', { constructor: undefined }],
    ['one whose constructor has no name', { constructor: { name: 1 } }],
  ])('are not told by %s', (_, prototype) => {
    expect(nameOfClass(prototype)).toBeUndefined()
  })
})
