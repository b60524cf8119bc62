import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Patience, spinOf } from '../../lib/protocol/patience.js'

/** In ms. */
const SHORT = 0.02
const LONG = 1

describe('patience', () => {
  it('looks before the first sleep', () => {
    expect(new Patience(1).ms).toBeGreaterThan(0)
  })

  it('looks less after each long wait, and in the end not at all', () => {
    const patience = new Patience(1)
    for (let last = patience.ms; last > 0; ) {
      patience.waited(LONG)
      const { ms } = patience
      expect(ms).toBeLessThan(last)
      last = ms
    }
  })

  it('is restored by a short wait, also if that was in sleep', () => {
    const patience = new Patience(1)
    const { ms } = patience
    for (let i = 0; i < 100; i++) patience.waited(LONG)
    expect(patience.ms).toBe(0)
    patience.waited(SHORT)
    expect(patience.ms).toBe(ms)
  })

  it('looks for as many wake-ups as it was given', () => {
    expect(new Patience(2).ms).toBe(2 * new Patience(1).ms)
  })

  it('is bounded, whatever happens', () => {
    const { ms: most } = new Patience(1)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, noNaN: true })), (waits) => {
        const patience = new Patience(1)
        for (const wait of waits) {
          patience.waited(wait)
          expect(patience.ms).toBeGreaterThanOrEqual(0)
          expect(patience.ms).toBeLessThanOrEqual(most)
        }
      }),
    )
  })
})

describe('the option `spin`', () => {
  it('is true unless it is given', () => {
    expect([spinOf({}), spinOf({ spin: true }), spinOf({ spin: false })]).toEqual([true, true, false])
  })

  it.each([0, 'no', null])('is refused if it is %j', (spin) => {
    expect(() => Reflect.apply(spinOf, undefined, [{ spin }])).toThrow(TypeError)
  })
})
