import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Patience, spinOf } from '../../lib/protocol/patience.js'

/** In ms: on one core, on another, and of a call that takes long. */
const [CHEAP, COSTLY, LONG] = [0.01, 0.06, 1]
/** As many waits as no while has. */
const NEVER = 100_000

/** Looks in vain until it sleeps at once; returns how many looks that were. */
function missUntilQuiet(patience: Patience): number {
  for (let looks = 1; ; looks++) {
    patience.missed()
    if (patience.ms === 0) return looks
  }
}

/** Sleeps until it looks again; returns how many sleeps that were. */
function sleepUntilLook(patience: Patience, ms: number): number {
  for (let sleeps = 0; ; sleeps++) {
    if (patience.ms > 0 || sleeps === NEVER) return sleeps
    patience.slept(ms)
  }
}

describe('patience', () => {
  it('looks before the first sleep, for as many wake-ups as it was given', () => {
    expect(new Patience(1).ms).toBeGreaterThan(0)
    expect(new Patience(2).ms).toBe(2 * new Patience(1).ms)
  })

  it('stands single looks in vain among others', () => {
    const patience = new Patience(1)
    for (let i = 0; i < 100; i++) {
      patience.missed()
      patience.found(0)
      expect(patience.ms).toBeGreaterThan(0)
    }
  })

  it('sleeps at once after some looks in vain, for a while that is longer each time, up to a bound', () => {
    const patience = new Patience(1)
    const whiles: number[] = []
    for (let i = 0; i < 20; i++) {
      missUntilQuiet(patience)
      whiles.push(sleepUntilLook(patience, CHEAP))
    }
    const [first = 0, second, third] = whiles
    expect([second, third]).toEqual([2 * first, 4 * first])
    expect(whiles.at(-1)).toBe(whiles.at(-2))
    expect(whiles.at(-1)).toBeLessThan(NEVER)
  })

  it('looks in vain the more often the longer the while was, yet seldom', () => {
    const patience = new Patience(1)
    const first = missUntilQuiet(patience)
    for (let i = 0; i < 20; i++) {
      sleepUntilLook(patience, CHEAP)
      missUntilQuiet(patience)
    }
    const sleeps = sleepUntilLook(patience, CHEAP)
    const looks = missUntilQuiet(patience)
    expect(looks).toBeGreaterThan(first)
    expect(looks / sleeps).toBeLessThan(0.01)
  })

  it('looks again as soon as sleeps cost a wake-up', () => {
    const patience = new Patience(1)
    for (let i = 0; i < 20; i++) {
      sleepUntilLook(patience, CHEAP)
      missUntilQuiet(patience)
    }
    expect(sleepUntilLook(patience, COSTLY)).toBeLessThan(10)
  })

  it('looks for what takes long as seldom as for what sleeps well, and but once', () => {
    const patience = new Patience(1)
    missUntilQuiet(patience)
    const first = sleepUntilLook(patience, LONG)
    expect(missUntilQuiet(patience)).toBe(1)
    expect(sleepUntilLook(patience, LONG)).toBe(2 * first)
  })

  it('stands looks in vain again when one was not, after what took long', () => {
    const patience = new Patience(1)
    missUntilQuiet(patience)
    sleepUntilLook(patience, LONG)
    patience.found(0)
    expect(missUntilQuiet(patience)).toBe(3)
  })

  it('forgets whiles when looks are not in vain', () => {
    const patience = new Patience(1)
    missUntilQuiet(patience)
    const first = sleepUntilLook(patience, CHEAP)
    for (let i = 0; i < 10; i++) {
      missUntilQuiet(patience)
      sleepUntilLook(patience, CHEAP)
    }
    for (let i = 0; i < 100; i++) patience.found(CHEAP)
    missUntilQuiet(patience)
    expect(sleepUntilLook(patience, CHEAP)).toBe(first)
  })

  it('takes what was found late for a look in vain: meanwhile the other side had the core', () => {
    const patience = new Patience(1)
    for (let i = 0; i < 3; i++) patience.found(COSTLY)
    expect(patience.ms).toBe(0)
  })

  it('is bounded, and looks again some time, whatever happened', () => {
    const { ms: most } = new Patience(1)
    const happening = fc.oneof(
      fc.record({ what: fc.constant('found' as const), ms: fc.double({ min: 0, noNaN: true }) }),
      fc.record({ what: fc.constant('slept' as const), ms: fc.double({ min: 0, noNaN: true }) }),
      fc.record({ what: fc.constant('missed' as const), ms: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 1_000 }), (happenings) => {
        const patience = new Patience(1)
        for (const { what, ms } of happenings) {
          patience[what](ms)
          expect([0, most]).toContain(patience.ms)
        }
        expect(sleepUntilLook(patience, CHEAP)).toBeLessThan(NEVER)
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
