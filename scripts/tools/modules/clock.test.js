// What is real time, though all clocks and timers of the test are fakes.

import { Reactor } from 'rx-crochet'
import { blocking, setup } from 'rx-crochet/caller'
import { firstValueFrom, NEVER, of, Subject } from 'rxjs'

const here = import.meta.url

const withWorker = (math) => {
  const reactor = new Reactor()
  reactor.expose('math', math)
  return { reactor, pool: reactor.createPool({ filename: new URL('./worker.js', here).href, maxThreads: 1 }) }
}
const nameOf = (error) => error.name

test('the clock is a fake', () => {
  expect(new Date().getFullYear()).toBe(2001)
})

test('a call has its answer, and another times out', async () => {
  const { reactor, pool } = withWorker({ double: (x) => of(2 * x), never: () => NEVER })
  expect(await pool.run(21)).toBe(42)
  expect(await pool.run('never').catch(nameOf)).toBe('TimeoutError')
  await reactor.stop()
})

test('a grace ends', async () => {
  const begun = new Subject()
  const hang = () => {
    begun.next()
    return NEVER
  }
  const { reactor, pool } = withWorker({ hang })
  const isBegun = firstValueFrom(begun)
  const task = pool.run('hang').catch(nameOf)
  await isBegun
  await reactor.stop({ grace: 50 })
  expect(await task).toBe('ReactorStopped')
})

test('a call of setup() times out', () => {
  const reactor = setup()
  const math = blocking(new URL('./math.js', here), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  const impatient = blocking(new URL('./math.js', here), { timeout: 100 })
  expect(() => impatient.never()).toThrow('100 ms')
  reactor.stop({ grace: 50 })
})
