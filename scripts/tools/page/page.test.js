// In a DOM environment Vite takes the test for a page's, and such a URL is that of a file of the page's server.

import { blocking, Reactor, setup } from 'rx-crochet'

const origin = 'such a URL of `new URL(…, import.meta.url)`'

test('a pool refuses a URL of the page, and says what it is', async () => {
  const reactor = new Reactor()
  expect(() => reactor.createPool({ filename: new URL('./math.js', import.meta.url).href })).toThrow(origin)
  await reactor.stop()
})

test('so does the reactor of setup()', () => {
  const reactor = setup()
  const math = blocking(new URL('./math.js', import.meta.url), { timeout: 5_000 })
  expect(() => math.double(21)).toThrow(origin)
  reactor.stop()
})
