// As that in commonjs, in TypeScript that is compiled to CommonJS.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { blocking, setup } from 'rx-crochet/caller'
import type { Observable } from 'rxjs'

interface Math {
  double(x: number): Observable<number>
}

test('setup() and a module', () => {
  const reactor = setup()
  const math = blocking<Math>(pathToFileURL(join(__dirname, '../commonjs/math.js')), { timeout: 5_000 })
  expect(math.double(21)).toBe(42)
  reactor.stop()
})
