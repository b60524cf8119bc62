import { describe, expect, it } from 'vitest'
import { type Figure, quantile, verdict } from './figures.js'
import { table } from './table.js'

const figure = (ours: number | undefined, value: number | undefined, target: Partial<Figure> = {}): Figure => ({
  what: 'a call',
  unit: 'µs',
  ours,
  beside: { name: 'peer', value },
  ...target,
})

describe('a figure of the benchmark', () => {
  it.each([
    { ours: 10, value: 100, target: { atMost: 0.1 }, is: 'met' },
    { ours: 11, value: 100, target: { atMost: 0.1 }, is: 'NOT MET' },
    { ours: 50, value: 100, target: { atLeast: 0.5 }, is: 'met' },
    { ours: 49, value: 100, target: { atLeast: 0.5 }, is: 'NOT MET' },
    { ours: 0, value: 0, target: { atMost: 1 }, is: 'met' },
    { ours: 1, value: 0, target: { atMost: 1 }, is: 'NOT MET' },
    { ours: 10, value: undefined, target: { atMost: 0.1 }, is: 'not measured' },
    { ours: undefined, value: 100, target: { atMost: 0.1 }, is: 'not measured' },
    { ours: Number.NaN, value: 100, target: { atMost: 0.1 }, is: 'NOT MET' },
    { ours: 10, value: 1, target: {}, is: 'no target' },
  ])('of $ours beside $value, which is to be $target, is $is', ({ ours, value, target, is }) => {
    expect(verdict(figure(ours, value, target))).toBe(is)
  })

  it('says in the table that its peer is not installed', () => {
    expect(table([figure(10, undefined, { atMost: 0.1 })])).toMatch(
      /10 µs +peer: not installed +- +at most 0.10 times +not measured/,
    )
  })

  it('says in the table how many times the peer it is', () => {
    expect(table([figure(10, 4, { atLeast: 2 })])).toMatch(/10 µs +peer 4 +2.50 times +at least 2 times +met/)
  })
})

describe('a quantile', () => {
  it.each([
    [0, 1],
    [0.5, 3],
    [0.99, 4],
    [1, 4],
  ])('of the share %d of four values is %d', (share, value) => {
    expect(quantile(Float64Array.of(4, 2, 3, 1), share)).toBe(value)
  })
})
