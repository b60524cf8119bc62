// As that in commonjs, in ES modules that are compiled to CommonJS.

import { join } from 'node:path'
import { Reactor } from 'rx-crochet'
import { ReactorStopped } from 'rx-crochet/caller'
import { of } from 'rxjs'

test('a thread calls, and is told of the end', async () => {
  const reactor = new Reactor()
  reactor.expose('math', { double: (x) => of(2 * x) })
  const pool = reactor.createPool({ filename: join(__dirname, '../commonjs/worker.js'), maxThreads: 1 })
  expect(await pool.run(21)).toBe(42)
  await reactor.stop()
  expect(await pool.run(21).catch((error) => error)).toBeInstanceOf(ReactorStopped)
})
