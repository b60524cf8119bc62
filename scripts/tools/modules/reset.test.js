// The package loaded anew by each test, as `resetModules` of a runner has it: each time with a state and classes of its own.

const here = import.meta.url

beforeEach(() => resetModules())

test.each([1, 2])('a thread calls, time %i', async () => {
  const { Reactor } = await import('rx-crochet')
  const { of } = await import('rxjs')
  const reactor = new Reactor()
  const fail = () => {
    throw new RangeError('no such luck')
  }
  reactor.expose('math', { double: (x) => of(2 * x), fail })
  const pool = reactor.createPool({ filename: new URL('./worker.js', here).href, maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  expect(await pool.run('fail').catch((error) => error)).toBeInstanceOf(RangeError)
  await reactor.stop()
})

test.each([1, 2])('setup() and a module, time %i', async () => {
  const { blocking, setup } = await import('rx-crochet/caller')
  const reactor = setup()
  const math = blocking(new URL('./math.js', here), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})

test('a reactor that still runs is no hindrance', async () => {
  const first = await import('rx-crochet')
  const earlier = new first.Reactor()
  resetModules()
  const second = await import('rx-crochet')
  const { of } = await import('rxjs')
  const later = new second.Reactor()
  later.expose('math', { double: (x) => of(2 * x) })
  const pool = later.createPool({ filename: new URL('./worker.js', here).href, maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  await earlier.stop()
  expect(await pool.run(22)).toBe(44)
  await later.stop()
})
