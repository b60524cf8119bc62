import { Piscina } from 'piscina'
import { Reactor } from 'rx-crochet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectTimeoutOf } from '../../lib/caller/connect.js'

const filename = new URL('../fixtures/connect-worker.js', import.meta.url).href
const DEFAULT = 5_000
const NO_BOUND = Number.POSITIVE_INFINITY

let reactor: Reactor

beforeAll(() => {
  reactor = new Reactor()
})

afterAll(() => reactor.stop())

describe('how long a thread waits to be accepted', () => {
  it('has no bound of its own in pools of createPool', async () => {
    const pool = reactor.createPool({ filename, maxThreads: 1 })
    expect(await pool.run(undefined)).toMatchObject({ connectTimeout: NO_BOUND })
    expect(await pool.run(30)).toMatchObject({ connectTimeout: 30 })
    expect(await pool.run(undefined, { name: 'nested' })).toMatchObject({ connectTimeout: DEFAULT })
  })

  it('has none where only tasks name a file', async () => {
    const pool = reactor.createPool({ minThreads: 0, maxThreads: 1 })
    expect(await pool.run(undefined, { filename })).toMatchObject({ connectTimeout: NO_BOUND })
  })

  it('has none in a thread that Piscina starts for a task that waited', async () => {
    const seen = new Set<number>()
    const pool = reactor.createPool({
      filename,
      minThreads: 0,
      maxThreads: 2,
      idleTimeout: Number.POSITIVE_INFINITY, // or the first would end before there is a second
      loadBalancer: (_, workers) => {
        for (const { id } of workers) seen.add(id)
        return seen.size < 2 ? null : (workers.find(({ id }) => id === Math.max(...seen)) ?? null)
      },
    })
    expect(await pool.run(undefined)).toEqual({ connectTimeout: NO_BOUND, threadId: Math.max(...seen) })
    expect(seen.size).toBe(2)
  })

  it('is 5 s in other threads, for nobody knows whether they will be attached', async () => {
    const pool = new Piscina({ filename, maxThreads: 1 })
    reactor.attach(pool)
    expect(await pool.run(undefined)).toMatchObject({ connectTimeout: DEFAULT })
    expect(connectTimeoutOf({})).toBe(DEFAULT)
  })
})
