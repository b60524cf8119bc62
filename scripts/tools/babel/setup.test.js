// As that in commonjs, in ES modules that are compiled to CommonJS.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { blocking, setup } from 'rx-crochet/caller'

test('setup() and a module', () => {
  const reactor = setup()
  const math = blocking(pathToFileURL(join(__dirname, '../commonjs/math.js')), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})
