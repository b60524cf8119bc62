import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Patience } from '../../lib/caller/patience.js'

describe('patience', () => {
  it('looks before the first sleep', () => {
    expect(new Patience().looks).toBeGreaterThan(0)
  })

  it('looks less after each look in vain, and in the end not at all', () => {
    const patience = new Patience()
    for (let last = patience.looks; last > 0; ) {
      patience.wasInVain()
      const { looks } = patience
      expect(looks).toBeLessThan(last)
      last = looks
    }
  })

  it('is restored by a look that paid', () => {
    const patience = new Patience()
    const { looks } = patience
    for (let i = 0; i < 100; i++) patience.wasInVain()
    patience.paid()
    expect(patience.looks).toBe(looks)
  })

  it('tries again now and then after it has given up, but seldom', () => {
    const patience = new Patience()
    for (let i = 0; i < 100; i++) patience.wasInVain()
    const waits = Array.from({ length: 1_000 }, () => {
      const { looks } = patience
      if (looks > 0) patience.wasInVain()
      return looks
    })
    const tries = waits.filter((looks) => looks > 0)
    expect(tries.length).toBeGreaterThan(0)
    expect(tries.length).toBeLessThan(10)
  })

  it('is bounded, whatever happens', () => {
    const { looks: most } = new Patience()
    fc.assert(
      fc.property(fc.array(fc.constantFrom('look', 'paid', 'in vain')), (events) => {
        const patience = new Patience()
        for (const event of events) {
          if (event === 'look') expect(patience.looks).toBeLessThanOrEqual(most)
          if (event === 'paid') patience.paid()
          if (event === 'in vain') patience.wasInVain()
        }
      }),
    )
  })
})
