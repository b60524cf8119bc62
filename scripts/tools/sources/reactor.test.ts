// A test whose own thread has the reactor, and a pool whose worker is a source, too.

import { Reactor } from 'rx-crochet'
import { afterAll, expect, test } from 'vitest'
import { execArgv } from './loader.ts'
import * as math from './math.ts'

const reactor = new Reactor()
reactor.expose('math', math)
const filename = new URL('./worker.ts', import.meta.url).href
const pool = reactor.createPool<number, number>({ filename, maxThreads: 1, execArgv })

afterAll(() => reactor.stop())

test('a thread calls', async () => {
  const doubled: number = await pool.run(21)
  expect(doubled).toBe(42)
})
