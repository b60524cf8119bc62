import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCloneable, whereNotCloneable } from '../../lib/protocol/cloneable.js'

const fn = function close() {}
const circular: { self?: unknown; fn: unknown } = { fn }
circular.self = circular

describe('whereNotCloneable', () => {
  it.each([
    ['a function itself', fn, 'the function `close`'],
    ['a property', { a: { b: fn } }, '`value.a.b` (the function `close`)'],
    ['an item', [1, [2, fn]], '`value[1][1]` (the function `close`)'],
    ['a property that is no identifier', { 'content-type': fn }, '`value["content-type"]`'],
    ['an unnamed function', { a: [() => 1][0] }, '`value.a` (a function)'],
    ['a symbol', { tag: Symbol('tag') }, '`value.tag` (Symbol(tag))'],
    ['the value of a Map', new Map([['key', fn]]), '`value.values()[0]`'],
    ['the key of a Map', new Map([[fn, 1]]), '`value.keys()[0]`'],
    ['a member of a Set', new Set([1, fn]), '`value.values()[1]`'],
    ['an object that no clone is made of', { a: new WeakMap() }, '`value.a` (a WeakMap)'],
    ['a promise', { later: Promise.resolve() }, '`value.later` (a Promise)'],
    ['something in a circle', circular, '`value.fn`'],
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', { enumerable: true, get: () => assertNever() }),
      '`value.a` (Symbol(a getter that throws))',
    ],
  ])('names %s', (_, value, where) => {
    expect(whereNotCloneable(value)).toContain(where)
  })
})

describe('isCloneable', () => {
  it('says what structured clone does', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    })
    const sometimesNot = fc.oneof(anything, fc.constantFrom(fn, Symbol('s'), { fn }, [Symbol('s')], circular))
    fc.assert(
      fc.property(sometimesNot, (value) => {
        expect(isCloneable(value)).toBe(canBeCloned(value))
      }),
    )
  })
})

function canBeCloned(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function assertNever(): never {
  throw new Error('read')
}
