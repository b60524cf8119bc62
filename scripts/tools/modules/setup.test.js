// A test of synchronous code, which has its reactor in a thread of its own.

import { blocking, setup } from 'rx-crochet/caller'

// Vite has `new URL('./math.js', import.meta.url)` be of the page where it takes the environment for a browser's.
const here = import.meta.url

test('setup() and a module', () => {
  const reactor = setup()
  const math = blocking(new URL('./math.js', here), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  expect([typeof Symbol.dispose, typeof reactor[Symbol.dispose]]).toEqual(['symbol', 'function'])
  reactor.stop()
})
