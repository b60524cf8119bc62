import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Patience } from '../../lib/protocol/patience.js'

describe('patience', () => {
  it('looks before the first sleep', () => {
    expect(new Patience().ms).toBeGreaterThan(0)
  })

  it('looks less after each look in vain, and in the end not at all', () => {
    const patience = new Patience()
    for (let last = patience.ms; last > 0; ) {
      patience.wasInVain()
      const { ms } = patience
      expect(ms).toBeLessThan(last)
      last = ms
    }
  })

  it('is restored by a look that paid', () => {
    const patience = new Patience()
    const { ms } = patience
    for (let i = 0; i < 100; i++) patience.wasInVain()
    patience.paid()
    expect(patience.ms).toBe(ms)
  })

  it('tries again now and then after it has given up, but seldom', () => {
    const patience = new Patience()
    for (let i = 0; i < 100; i++) patience.wasInVain()
    const waits = Array.from({ length: 1_000 }, () => {
      const { ms } = patience
      if (ms > 0) patience.wasInVain()
      return ms
    })
    const tries = waits.filter((ms) => ms > 0)
    expect(tries.length).toBeGreaterThan(0)
    expect(tries.length).toBeLessThan(10)
  })

  it('is bounded, whatever happens', () => {
    const { ms: most } = new Patience()
    fc.assert(
      fc.property(fc.array(fc.constantFrom('look', 'paid', 'in vain')), (events) => {
        const patience = new Patience()
        for (const event of events) {
          if (event === 'look') expect(patience.ms).toBeLessThanOrEqual(most)
          if (event === 'paid') patience.paid()
          if (event === 'in vain') patience.wasInVain()
        }
      }),
    )
  })
})
