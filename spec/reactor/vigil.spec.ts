import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as clock from '../../lib/protocol/clock.js'
import { Spin } from '../../lib/protocol/memory/spin.js'
import { Vigil, type Watched } from '../../lib/reactor/vigil.js'
import { until } from '../fixtures/until.js'

/** One in which messages come when the spec says so. */
class Place implements Watched {
  hasMore = false
  isAsleep = true
  isPatient = true
  hasUnfinished = false
  spin: Spin | undefined
  readonly told: string[] = []
  onTold: () => void = () => undefined

  wake(): void {
    this.hasMore = false
    this.told.push('wake')
    this.onTold()
  }

  letSpin(spin: Spin): void {
    this.spin = spin
  }

  sleep(): void {
    this.told.push('sleep')
    this.onTold()
  }
}

const MANY_CORES = 8

let vigil: Vigil
/** The time that vigils are told, in ms. */
let now: () => number
let here: Place
let there: Place
/** What the process would report. */
let thrown: unknown[]
const listeners = process.listeners('uncaughtException')

beforeEach(() => {
  now = clock.now
  vigil = newVigil(true, MANY_CORES)
  here = new Place()
  there = new Place()
  thrown = []
  // As in an application that goes on after an error of which nobody took care.
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => thrown.push(error))
})

afterEach(() => {
  process.removeAllListeners('uncaughtException')
  for (const listener of listeners) process.on('uncaughtException', listener)
})

function newVigil(maySpin: boolean, cores: number): Vigil {
  return new Vigil(maySpin, cores, () => now())
}

/** From now on no time passes, until `pass`. */
function stopClock(): { pass(ms?: number): void } {
  let ms = now()
  now = () => ms
  const pass = (more = 1_000): void => {
    ms += more
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
      clock.pass(0.02)
      await nextTurn()
      await nextTurn()
    }
    expect(here.told).toEqual(Array.from({ length: 20 }, () => 'wake'))
    expect(there.told).toEqual([])
    clock.pass()
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
    vigil = newVigil(false, MANY_CORES)
    vigil.watch(here)
    expect(here.told).toEqual(['sleep'])
  })

  it('puts to sleep at once, after it was in vain for a while', async () => {
    const clock = stopClock()
    for (let round = 0; round < 5; round++) {
      vigil.watch(here)
      clock.pass()
      await until(() => here.told.length > round)
      // Long after it had come to an end.
      clock.pass()
      vigil.came()
    }
    vigil.watch(here)
    expect(here.told).toHaveLength(6)
  })

  it('looks out again when messages come soon after the last, though somebody has to wake it for each', async () => {
    const clock = stopClock()
    const told = (): number => here.told.length
    while (told() < 10) {
      const before = told()
      vigil.watch(here)
      clock.pass()
      await until(() => told() > before)
    }
    for (let message = 0; message < 100; message++) {
      vigil.watch(here)
      clock.pass(0.06)
      vigil.came()
    }
    const before = told()
    vigil.watch(here)
    expect(told()).toBe(before)
  })

  it('does not watch a thread that sleeps at once', () => {
    stopClock()
    here.isPatient = false
    vigil.watch(here)
    expect(here.told).toEqual(['sleep'])
    expect(here.spin).toBe(Spin.IF_IT_PAYS)
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

describe('where there are more threads that call than cores for them, a vigil', () => {
  /** In ms: longer than a turn, and shorter than it takes to be watched no more. */
  const A_TURN = 3.5
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) await nextTurn()
  }

  beforeEach(() => {
    vigil = newVigil(true, 2)
  })

  it('lets them all look for their answers as long as there are enough', () => {
    vigil.watch(here)
    expect(here.spin).toBe(Spin.IF_IT_PAYS)
  })

  it('wakes one, and has the other wait until its turn is over', async () => {
    const clock = stopClock()
    vigil.watch(here)
    vigil.watch(there)
    here.hasMore = true
    there.hasMore = true
    await turns(3)
    expect([here.told, there.told]).toEqual([['wake'], []])
    expect([here.spin, there.spin]).toEqual([Spin.ALWAYS, Spin.NEVER])
    here.hasMore = true
    vigil.watch(here)
    await turns(3)
    expect([here.told, there.told]).toEqual([['wake', 'wake'], []])
    clock.pass(A_TURN)
    here.hasMore = true
    vigil.watch(here)
    await turns(3)
    expect([here.told, there.told]).toEqual([['wake', 'wake'], ['wake']])
    expect([here.spin, there.spin]).toEqual([Spin.NEVER, Spin.ALWAYS])
  })

  it('watches threads too that sleep at once, for they want the loop as often', () => {
    stopClock()
    vigil.watch(here)
    vigil.watch(there)
    const third = new Place()
    third.isPatient = false
    vigil.watch(third)
    expect(third.told).toEqual([])
  })

  it('has threads that sleep at once take turns too, when they call at the same time', () => {
    stopClock()
    here.isPatient = false
    there.isPatient = false
    vigil.watch(here)
    vigil.watch(there)
    expect([here.told, there.told]).toEqual([['sleep'], []])
  })

  it('forgets a thread that has ended', async () => {
    stopClock()
    vigil.watch(here)
    vigil.forget(here)
    vigil.watch(there)
    expect(there.spin).toBe(Spin.IF_IT_PAYS)
    here.hasMore = true
    await turns(3)
    expect(here.told).toEqual([])
  })

  it('forgets a thread that has not called for a while', () => {
    const clock = stopClock()
    here.isPatient = false
    there.isPatient = false
    vigil.watch(here)
    clock.pass()
    vigil.watch(there)
    expect([here.told, there.told]).toEqual([['sleep'], ['sleep']])
  })

  it('learns nothing from how long messages wait for turns', async () => {
    const clock = stopClock()
    for (let round = 1; round <= 10; round++) {
      vigil.watch(here)
      vigil.watch(there)
      clock.pass(0.2)
      vigil.came()
      await until(() => here.told.length === round && there.told.length === round)
    }
    vigil.watch(here)
    expect(here.told).toHaveLength(10)
  })

  it('lets one have turn after turn if nobody else has messages', async () => {
    const clock = stopClock()
    vigil.watch(there)
    for (let round = 1; round <= 5; round++) {
      here.hasMore = true
      vigil.watch(here)
      clock.pass(0.5)
      await turns(2)
      expect(here.told).toHaveLength(round)
    }
  })

  it('gives nobody a turn while the one that had it does not sleep, but for a while only', async () => {
    const clock = stopClock()
    vigil.watch(here)
    vigil.watch(there)
    here.hasMore = true
    await turns(2)
    there.hasMore = true
    here.hasMore = true
    vigil.watch(here)
    // It looks at those that wait now and then.
    clock.pass(0.2)
    await turns(2)
    clock.pass(A_TURN)
    here.isAsleep = false
    here.hasMore = true
    vigil.watch(here)
    const before = there.told.length
    await turns(3)
    expect(there.told).toHaveLength(before)
    clock.pass(0.2)
    await turns(3)
    expect(there.told).toHaveLength(before + 1)
  })

  it('has nobody wait for one whose call is unfinished', async () => {
    stopClock()
    vigil.watch(here)
    vigil.watch(there)
    here.hasMore = true
    there.hasMore = true
    await turns(3)
    expect([here.told, there.told]).toEqual([['wake'], []])
    here.hasUnfinished = true
    vigil.watch(here)
    await turns(3)
    expect(there.told).toEqual(['wake'])
    here.hasMore = true
    there.hasUnfinished = true
    vigil.watch(there)
    await turns(3)
    expect(here.told).toEqual(['wake', 'wake'])
  })

  it('has one whose messages come seldom wait for no turn', async () => {
    const clock = stopClock()
    vigil.watch(there)
    vigil.watch(here)
    here.hasMore = true
    await turns(2)
    clock.pass(1.5)
    here.hasMore = true
    vigil.watch(here)
    there.hasMore = true
    await turns(2)
    expect(there.told).toEqual(['wake'])
  })

  it('has nobody wait for those whose messages come seldom to fall asleep', async () => {
    const clock = stopClock()
    const seldom = [new Place(), new Place(), new Place(), there]
    for (const [nth, place] of seldom.entries()) {
      place.isAsleep = false
      // In each round of the loop there is a message of another one.
      place.onTold = () => {
        const before = seldom[nth - 1]
        if (before !== undefined) before.hasMore = true
        // As long as the vigil doesn't look around, while somebody has a turn.
        clock.pass(0.1)
      }
      vigil.watch(place)
    }
    clock.pass(1.5)
    vigil.watch(here)
    here.hasMore = true
    there.hasMore = true
    const [first] = seldom
    await until(() => first?.told.length === 1)
    expect(here.told).toEqual(['wake'])
  })

  it('has nobody wait for a turn when there are none for a while', async () => {
    const clock = stopClock()
    const places = [here, there, new Place()]
    while (!places.some(({ told }) => told.includes('sleep'))) {
      for (const place of places.filter(({ hasMore }) => !hasMore)) {
        place.hasMore = true
        vigil.watch(place)
      }
      await turns(2)
      clock.pass(A_TURN)
    }
    await turns(2)
    expect(places.map(({ told }) => told.at(-1))).toEqual(['sleep', 'sleep', 'sleep'])
  })

  it('lets everybody sleep at once for a while, when turns have few messages', async () => {
    const clock = stopClock()
    for (let turn = 0; turn < 20 && !there.told.includes('sleep'); turn++) {
      for (const place of [here, there].filter(({ hasMore }) => !hasMore)) {
        place.hasMore = true
        vigil.watch(place)
      }
      await turns(2)
      clock.pass(A_TURN)
    }
    expect([here.told.at(-1), there.told.at(-1)]).toEqual(['sleep', 'sleep'])
    expect([here.spin, there.spin]).toEqual([Spin.NEVER, Spin.NEVER])
    const { length } = here.told
    vigil.watch(here)
    expect(here.told.slice(length)).toEqual(['sleep'])
    clock.pass()
    vigil.watch(here)
    expect(here.spin).toBe(Spin.IF_IT_PAYS)
  })

  it('watches one no more that has sent nothing for long, though others do', async () => {
    const clock = stopClock()
    vigil.watch(there)
    for (let round = 0; round < 5; round++) {
      here.hasMore = true
      vigil.watch(here)
      clock.pass(1)
      await turns(2)
    }
    expect(there.told).toEqual(['sleep'])
  })
})
