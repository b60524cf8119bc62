// The package loaded anew by each test, as `resetModules` of a runner has it: each time with a state and classes of its own.

const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

beforeEach(() => resetModules())

test.each([1, 2])('a thread calls, time %i', async () => {
  const { Reactor } = require('rx-crochet')
  const { of } = require('rxjs')
  const reactor = new Reactor()
  const fail = () => {
    throw new RangeError('no such luck')
  }
  reactor.expose('math', { double: (x) => of(2 * x), fail })
  const pool = reactor.createPool({ filename: join(__dirname, 'worker.js'), maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  expect(await pool.run('fail').catch((error) => error)).toBeInstanceOf(RangeError)
  await reactor.stop()
})

test.each([1, 2])('setup() and a module, time %i', () => {
  const { blocking, setup } = require('rx-crochet/caller')
  const reactor = setup()
  const math = blocking(pathToFileURL(join(__dirname, 'math.js')), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})

test('a reactor that still runs is no hindrance', async () => {
  const first = require('rx-crochet')
  const earlier = new first.Reactor()
  resetModules()
  const second = require('rx-crochet')
  const { of } = require('rxjs')
  const later = new second.Reactor()
  later.expose('math', { double: (x) => of(2 * x) })
  const pool = later.createPool({ filename: join(__dirname, 'worker.js'), maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  await earlier.stop()
  expect(await pool.run(22)).toBe(44)
  await later.stop()
})
