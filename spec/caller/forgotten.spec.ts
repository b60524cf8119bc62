import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { unwatch, watch, watchNone } from '../../lib/caller/forgotten.js'

const MOST = 10_000

/** How many deliveries of so many calls nobody has are told of it, by the time that they are looked for. */
async function lostOf(count: number, then: () => void = () => undefined): Promise<number> {
  let lost = 0
  const counted = (): void => {
    lost += 1
  }
  for (let nth = 0; nth < count; nth++) watch({ nth }, { retrieved: () => undefined, lost: counted })
  then()
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await nextTurn()
  }
  return lost
}

it('tells of each call that nobody has any more', async () => {
  expect(await lostOf(1_000)).toBe(1_000)
})

it('tells of no call that is unwatched, be it of the last or of those before', async () => {
  let lost = 0
  const counted = (): void => {
    lost += 1
  }
  const calls = Array.from({ length: MOST + 10 }, () => ({}))
  for (const call of calls) watch(call, { retrieved: () => undefined, lost: counted })
  for (const call of calls.splice(0)) unwatch(call)
  expect(await lostOf(0)).toBe(0)
  expect(lost).toBe(0)
})

it('looks out for the last ten thousands alone, for in a thread whose loop never turns nobody is told', async () => {
  const lost = await lostOf(3 * MOST)
  expect(lost).toBeGreaterThanOrEqual(MOST)
  expect(lost).toBeLessThanOrEqual(2 * MOST)
})

it('looks out for none of those before, when it is told so', async () => {
  expect(await lostOf(1_000, watchNone)).toBe(0)
  expect(await lostOf(10)).toBe(10)
})
