import fc from 'fast-check'
import { EmptyError, TimeoutError } from 'rx-crochet'
import { describe, expect, it } from 'vitest'
import { decodeThrown, encodeThrown } from '../../lib/protocol/thrown.js'
import { bare } from '../fixtures/bare-error.js'

/** What the other side gets. */
function crossed(thrown: unknown): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)))
}

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

  /** A part of a graph: some value, or the error of that number, or an array or a plain object of such. */
  type Plan =
    | { value: unknown }
    | { error: number }
    | { list: readonly Plan[] }
    | { record: Record<string, Plan> }
    | { set: readonly Plan[] }
    | { map: readonly (readonly [key: Plan, value: Plan])[] }
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
  const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
    plan: fc.oneof(
      { depthSize: 'small' },
      fc.record({ value }),
      fc.record({ error: fc.nat(7) }),
      fc.record({ list: fc.array(tie('plan'), { maxLength: 4 }) }),
      fc.record({ set: fc.array(tie('plan'), { maxLength: 2 }) }),
      fc.record({ map: fc.array(fc.tuple(tie('plan'), tie('plan')), { maxLength: 2 }) }),
      fc.record({ record: fc.dictionary(fc.string(), tie('plan'), { maxKeys: 4, noNullPrototype: true }) }),
    ),
  }))
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

  it('crosses as it is at the end of a chain of causes, lists and records, however deep', () => {
    const link = fc.constantFrom('cause', 'list', 'record')
    const links = fc.array(link, { minLength: 2_000, maxLength: 20_000, size: 'max' })
    fc.assert(
      fc.property(fc.array(errorPlan, { minLength: 1, maxLength: 4 }), links, (plans, chained) => {
        const thrown = build(plans)
        let at = chained.reduce((inner, one) => wrapped(one, inner), thrown)
        at = crossed(at)
        for (const one of chained.toReversed()) at = unwrapped(one, at)
        expectSame(at, thrown)
      }),
      { numRuns: 20 },
    )
  })

  type Link = 'cause' | 'list' | 'record'

  function wrapped(link: Link, cause: unknown): unknown {
    return { cause: new RangeError('link', { cause }), list: [cause], record: { cause } }[link]
  }

  function unwrapped(link: Link, outer: unknown): unknown {
    return Reflect.get(Object(outer), link === 'list' ? 0 : 'cause')
  }

  /** Makes all errors first, then ties them. */
  function build(plans: readonly ErrorPlan[]): unknown {
    const errors = plans.map(
      ({ made, message }) =>
        made === AggregateError ? new AggregateError([], message) : new (made as ErrorConstructor)(message), // all others take it first
    )
    const part = (it: Plan): unknown => {
      if ('value' in it) return it.value
      if ('error' in it) return errors[it.error % errors.length]
      if ('list' in it) return it.list.map(part)
      if ('set' in it) return new Set(it.set.map(part))
      if ('map' in it) return new Map(it.map.map(([key, value]) => [part(key), part(value)]))
      return Object.fromEntries(Object.entries(it.record).map(([key, plan]) => [key, part(plan)]))
    }
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
    if (isData(expected)) {
      pairs.set(expected, actual)
      expect(Array.isArray(actual)).toBe(Array.isArray(expected))
      expect(Object.keys(Object(actual))).toEqual(Object.keys(expected))
      for (const key of Object.keys(expected))
        expectSame(Reflect.get(Object(actual), key), Reflect.get(expected, key), pairs)
    } else if (expected instanceof Map || expected instanceof Set) {
      pairs.set(expected, actual)
      expect(Object.getPrototypeOf(actual)).toBe(Object.getPrototypeOf(expected))
      expectSame([...(actual as Iterable<unknown>)], [...expected], pairs) // it has the same prototype
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

  /** Whether it is an array or a plain object. */
  function isData(value: unknown): value is object {
    if (typeof value !== 'object' || value === null) return false
    return [null, Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))
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

describe('an error', () => {
  it('keeps as many errors as it has', () => {
    const errors = Array.from({ length: 200_000 }, () => bare(Error, 'one'))
    expect(Object(crossed(new AggregateError(errors, 'all'))).errors).toHaveLength(200_000)
  })

  it('has a text at its end, if it has no end since a getter makes another one each time', () => {
    const endless = (): Error => Object.defineProperty(bare(RangeError, 'next'), 'cause', { get: endless })
    let at: unknown = crossed(endless())
    while (at instanceof Error) at = at.cause
    expect(at).toMatch(/^\[?RangeError: next/)
  })
})
