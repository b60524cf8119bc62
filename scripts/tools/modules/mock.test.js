// The mocks of `node --test`: a function of a service, and `blocking` for a worker that is tested without threads.

import { mock } from 'node:test'
import { Reactor } from 'rx-crochet'
import { of } from 'rxjs'

const here = import.meta.url

test('a method of a service that is mocked is called', async () => {
  const reactor = new Reactor()
  const math = { double: (x) => of(2 * x) }
  const { mock: seen } = mock.method(math, 'double')
  reactor.expose('math', math)
  const pool = reactor.createPool({ filename: new URL('./worker.js', here).href, maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  expect(seen.callCount()).toBe(1)
  await reactor.stop()
})

test('a worker is tested with a `blocking` of the test', async () => {
  const mocked = mock.module('rx-crochet/caller', { namedExports: { blocking: () => ({ double: (x) => 3 * x }) } })
  const { default: task } = await import('./worker.js')
  expect(task(2)).toBe(6)
  mocked.restore()
})
