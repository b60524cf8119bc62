// As that in commonjs, in TypeScript that is compiled to CommonJS, with the types looked at.

import { join } from 'node:path'
import { Reactor } from 'rx-crochet'
import { blocking, setup } from 'rx-crochet/caller'
import { type Observable, of } from 'rxjs'

const math = { double: (x: number): Observable<number> => of(2 * x) }

test('a thread calls', async () => {
  const reactor = new Reactor()
  reactor.expose('math', math)
  const pool = reactor.createPool<number, number>({ filename: join(__dirname, '../commonjs/worker.js'), maxThreads: 1 })
  const doubled: number = await pool.run(21)
  expect(doubled).toBe(42)
  await reactor.stop()
})

test('the types are those of the package', () => {
  const typed = (): number => blocking<typeof math>('math', { timeout: 1 }).double(1)
  // @ts-expect-error
  const wrong = (): string => blocking<typeof math>('math', { timeout: 1 }).double(1)
  expect([typeof typed, typeof wrong, typeof setup]).toEqual(['function', 'function', 'function'])
})
