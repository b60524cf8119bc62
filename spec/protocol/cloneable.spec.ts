import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCloneable } from '../../lib/protocol/cloneable.js'

const fn = function close() {}
const circular: { self?: unknown; fn: unknown } = { fn }
circular.self = circular

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
