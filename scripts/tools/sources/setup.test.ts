// A test of synchronous code, which calls a module that is a source.

import { blocking, setup } from 'rx-crochet/caller'
import { expect, test } from 'vitest'
import { execArgv } from './loader.ts'

test('setup() and a module', () => {
  const reactor = setup({ execArgv })
  const math = blocking<typeof import('./math.ts')>(new URL('./math.ts', import.meta.url), { timeout: 10_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})
