// A test of synchronous code, which has its reactor in a thread of its own.

const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { blocking, setup } = require('rx-crochet/caller')

test('setup() and a module', () => {
  const reactor = setup()
  const math = blocking(pathToFileURL(join(__dirname, 'math.js')), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})
