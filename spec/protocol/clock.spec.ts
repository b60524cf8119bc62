/** The one source of time of the package: real, though fakes are there before it is loaded. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { SinonFakeTimers } from 'sinon'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

/** In this form alone it also replaces what `node:timers` and its like hold. */
const sinon: typeof import('sinon') = createRequire(import.meta.url)('sinon')

const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
  'hrtime',
  'queueMicrotask',
] as const

/** Loaded while the fakes are on. */
let clock: typeof import('../../lib/protocol/clock.js')

beforeAll(async () => {
  const faked = fake()
  try {
    clock = await import('../../lib/protocol/clock.js')
    // Whoever tests by a fake clock may ask whether it has something to do.
    expect(faked.countTimers()).toBe(0)
  } finally {
    sinon.restore()
  }
})

afterEach(() => {
  sinon.restore()
})

/** All that fakes replace, also in `node:timers` and its like, but `nextTick`: Vitest needs it. */
function fake(): SinonFakeTimers {
  return sinon.useFakeTimers({ now: Date.parse('2001-01-01'), toFake: [...FAKED] })
}

/** Calls back, and resolves then. */
function calledBack(start: (callback: () => void) => void): Promise<void> {
  return new Promise((resolve) => start(resolve))
}

describe('the clock, where all is a fake since before it was loaded,', () => {
  it('goes on', async () => {
    fake()
    const before = clock.now()
    await clock.wait(2)
    // A timer of Node may come up to 1 ms early.
    expect(clock.now() - before).toBeGreaterThanOrEqual(1)
  })

  it('knows the time since the epoch', () => {
    const before = Date.now()
    fake()
    const epoch = clock.epoch()
    sinon.restore()
    expect(epoch).toBeGreaterThanOrEqual(before)
    expect(epoch).toBeLessThanOrEqual(Date.now())
  })

  it.each([
    ['nextTurn', () => clock.nextTurn()],
    ['inNextTurn', () => calledBack((callback) => clock.inNextTurn(callback))],
    ['after', () => calledBack((callback) => clock.after(1, callback))],
    ['afterThis', () => calledBack((callback) => clock.afterThis(callback))],
  ])('has %s come', async (_, come) => {
    fake()
    await come()
  })

  it('has every come again and again, until it is ended', async () => {
    fake()
    let times = 0
    await calledBack((callback) => {
      const end = clock.every(1, () => {
        times += 1
        if (times < 3) return
        end()
        callback()
      })
    })
    await clock.wait(5)
    expect(times).toBe(3)
  })
})

describe('after()', () => {
  it('does not come if it is taken back', async () => {
    let isCalled = false
    const takeBack = clock.after(1, () => {
      isCalled = true
    })
    takeBack()
    await clock.wait(5)
    expect(isCalled).toBe(false)
  })

  it.each([
    { ref: true, ends: 'after it' },
    { ref: false, ends: 'before it' },
  ])('keeps its thread alive or not: $ref', async ({ ref, ends }) => {
    const url = new URL('../../lib/protocol/clock.js', import.meta.url).href
    const code = `import(${JSON.stringify(url)}).then(({ after }) => {
      let ended = 'before it'
      process.on('exit', () => require('node:worker_threads').parentPort.postMessage(ended))
      after(${ref ? 20 : 60_000}, () => { ended = 'after it' }, { ref: ${ref} })
    })`
    const [told] = await once(new Worker(code, { eval: true }), 'message')
    expect(told).toBe(ends)
  })
})
