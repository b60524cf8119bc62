import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Vigil, type Watched } from '../../lib/reactor/vigil.js'
import { until } from '../fixtures/until.js'

/** One in which messages come when the spec says so. */
class Place implements Watched {
  hasMore = false
  readonly told: string[] = []
  onTold: () => void = () => undefined

  wake(): void {
    this.hasMore = false
    this.told.push('wake')
    this.onTold()
  }

  sleep(): void {
    this.told.push('sleep')
    this.onTold()
  }
}

let vigil: Vigil
let here: Place
let there: Place
/** What the process would report. */
let thrown: unknown[]
const listeners = process.listeners('uncaughtException')

beforeEach(() => {
  vigil = new Vigil(true)
  here = new Place()
  there = new Place()
  thrown = []
  // As in an application that goes on after an error of which nobody took care.
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => thrown.push(error))
})

afterEach(() => {
  vi.restoreAllMocks()
  process.removeAllListeners('uncaughtException')
  for (const listener of listeners) process.on('uncaughtException', listener)
})

/** From now on no time passes, until `pass`. */
function stopClock(): { pass(): void } {
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const pass = (): void => {
    now += 1_000
  }
  return { pass }
}

describe('a vigil', () => {
  it('wakes who has a message, in a later turn of the loop', async () => {
    stopClock()
    here.hasMore = true
    vigil.watch(here)
    expect(here.told).toEqual([])
    await nextTurn()
    expect(here.told).toEqual(['wake'])
  })

  it('looks in each turn, and lets the loop do what else it has to', async () => {
    const clock = stopClock()
    vigil.watch(here)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    expect(here.told).toEqual([])
    here.hasMore = true
    await nextTurn()
    await nextTurn()
    expect(here.told).toEqual(['wake'])
    clock.pass()
  })

  it('puts everybody to sleep when its time is over and nobody has a message', async () => {
    const clock = stopClock()
    vigil.watch(here)
    vigil.watch(there)
    await nextTurn()
    clock.pass()
    await until(() => there.told.length > 0)
    expect([here.told, there.told]).toEqual([['sleep'], ['sleep']])
  })

  it('puts nobody to sleep as long as one has messages', async () => {
    const clock = stopClock()
    vigil.watch(there)
    for (let round = 0; round < 20; round++) {
      here.hasMore = true
      vigil.watch(here)
      clock.pass()
      await nextTurn()
      await nextTurn()
    }
    expect(here.told.filter((word) => word === 'wake').length).toBeGreaterThan(5)
    expect(there.told.length).toBeLessThanOrEqual(1)
    await until(() => there.told.length > 0)
    expect(there.told).toEqual(['sleep'])
  })

  it('watches one who is watched again only once', async () => {
    stopClock()
    vigil.watch(here)
    vigil.watch(here)
    here.hasMore = true
    await nextTurn()
    await nextTurn()
    expect(here.told).toEqual(['wake'])
  })

  it('watches nobody if it may not', () => {
    vigil = new Vigil(false)
    vigil.watch(here)
    expect(here.told).toEqual(['sleep'])
  })

  it('puts to sleep at once, after it was in vain for a while', async () => {
    const clock = stopClock()
    for (let round = 0; round < 10; round++) {
      vigil.watch(here)
      clock.pass()
      await until(() => here.told.length > round)
    }
    vigil.watch(here)
    expect(here.told).toHaveLength(11)
  })

  it('wakes the others if waking one throws, and goes on', async () => {
    stopClock()
    here.hasMore = true
    there.hasMore = true
    here.onTold = () => {
      throw 'thrown'
    }
    vigil.watch(here)
    vigil.watch(there)
    await until(() => there.told.length > 0)
    expect(thrown).toEqual(['thrown'])
    there.hasMore = true
    vigil.watch(there)
    await until(() => there.told.length > 1)
    expect([here.told, there.told]).toEqual([['wake'], ['wake', 'wake']])
  })

  it('puts the others to sleep if one throws when it is put to sleep', async () => {
    const clock = stopClock()
    here.onTold = () => {
      throw 'thrown'
    }
    vigil.watch(here)
    vigil.watch(there)
    clock.pass()
    await until(() => there.told.length > 0)
    expect(thrown).toEqual(['thrown'])
    expect([here.told, there.told]).toEqual([['sleep'], ['sleep']])
  })
})
