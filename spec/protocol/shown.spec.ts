import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { messageOf } from '../../lib/protocol/reading.js'
import { cut, nameOfFunction, shown, standIn } from '../../lib/protocol/shown.js'
import { NASTY } from '../fixtures/nasty.js'

class Order {}
const named = (name: unknown): object => Object.defineProperty(() => 1, 'name', { value: name })

describe('what a value is', () => {
  it.each<[unknown, string]>([
    ['5', "'5'"],
    ["it's", '"it\'s"'],
    ['two\nlines', "'two\\nlines'"],
    [5, '5'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [5n, '5n'],
    [-(10n ** 31n), '[a bigint of more than 30 digits]'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('mine'), 'Symbol(mine)'],
    [Symbol.iterator, 'Symbol(Symbol.iterator)'],
    [{}, '[Object]'],
    [Object.create(null), '[Object: null prototype]'],
    [[1, 2, 3], '[Array(3)]'],
    [new Order(), '[Order]'],
    [new Map(), '[Map]'],
    [new URL('file:///x'), '[URL]'],
    [new TypeError('no such luck'), '[TypeError: no such luck]'],
    [function lookup() {}, '[Function: lookup]'],
    [() => 1, '[Function (anonymous)]'],
    [Order, '[class Order]'],
    [class {}, '[class (anonymous)]'],
    [new Proxy({}, {}), '[Proxy]'],
    [new Proxy(() => 1, {}), '[Proxy]'],
  ])('is said in few words: %o', (value, text) => {
    expect(shown(value)).toBe(text)
  })

  it('says how much of a long text is left out', () => {
    expect(shown('x'.repeat(1_000))).toBe(`'${'x'.repeat(200)}'… (800 more characters)`)
    expect(cut('x'.repeat(1_001))).toBe(`${'x'.repeat(1_000)}… (1 more characters)`)
    expect(cut('x'.repeat(1_000))).toBe('x'.repeat(1_000))
  })

  it("runs none of the value's own code", () => {
    const ran: string[] = []
    const spy = (what: string) => ({
      get: () => void ran.push(what),
      configurable: true,
    })
    const keys = ['toString', 'valueOf', 'constructor', Symbol.toPrimitive, Symbol.toStringTag, inspect.custom, 'name']
    const properties = Object.fromEntries(keys.map((key) => [key, spy(String(key))]))
    for (const value of [{}, [], () => 1, new Error('why'), new Order()])
      shown(Object.defineProperties(value, properties))
    expect(ran).toEqual([])
  })
})

describe.each(Object.entries(NASTY))('given %s', (_, make) => {
  it('a text is short, and nothing throws', () => {
    const value = make()
    expect(shown(value).length).toBeLessThan(300)
    expect(standIn(value).length).toBeLessThan(11_000)
    expect(messageOf(value).length).toBeLessThan(11_000)
  })
})

describe('what stands in place of a value', () => {
  it('is what Node shows', () => {
    expect(standIn({ a: 1, b: { c: 1 } })).toBe('{ a: 1, b: [Object] }')
    expect(standIn({ [inspect.custom]: () => 'in its own way' })).toBe('in its own way')
  })

  it.each([
    ['keys', () => Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`key${index}`, index])), '[Object]'],
    ['elements', () => new Array(2 ** 32 - 1), '[Array(4294967295)]'],
    ['characters of a key', () => ({ ['x'.repeat(1_001)]: 1 }), '[Object]'],
    ['characters that are keys', () => Object('x'.repeat(1_000)), '[String]'],
  ])('says only what it is if it has too many %s', (_, make, text) => {
    expect(standIn(make())).toBe(text)
  })

  it('is cut, be it that its own class makes it', () => {
    const error = new Error('x'.repeat(20_000))
    expect(standIn(error)).toMatch(/^Error: x{9993}… \(\d+ more characters\)$/)
    expect(standIn({ [inspect.custom]: () => 'x'.repeat(20_000) })).toBe(cut('x'.repeat(20_000), 10_000))
  })
})

describe("a function's name", () => {
  it.each<[unknown, string]>([
    ['lookup', 'lookup'],
    [Symbol('mine'), ''],
    [{ toString: () => 'no' }, ''],
  ])('is that text: %o', (name, text) => {
    expect(nameOfFunction(named(name))).toBe(text)
  })
})
