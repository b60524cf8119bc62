import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { fromPool, Reactor } from 'rx-crochet'
import { lastValueFrom, NEVER } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Service } from '../fixtures/own-messages-tasks.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { runFile } from '../fixtures/setup-run.js'

const tasks = new URL('../fixtures/own-messages-tasks.js', import.meta.url)
const service: Service = { double: (value) => 2 * value, hang: () => NEVER }

let reactor: Reactor

beforeEach(() => {
  reactor = new Reactor({ logger: new RecordedLog() })
  reactor.expose('service', service)
})
afterEach(() => reactor.stop())

it.each(['createPool', 'attach'])(
  'a call that its task leaves is made, though the thread is parked then: %s',
  async (how) => {
    const called = new Promise((resolve) => {
      reactor.expose('other', { double: resolve })
    })
    const options = { filename: tasks.href, maxThreads: 1 }
    const pool = how === 'attach' ? new Piscina(options) : reactor.createPool(options)
    reactor.attach(pool)
    await pool.run(7, { name: 'leaves' })
    expect(await called).toBe(7)
  },
)

describe('listeners of the application see no message but its own', () => {
  it('of a Worker that is attached', async () => {
    const worker = new Worker(tasks, { workerData: { task: 'answers', value: 21 } })
    const first = once(worker, 'message')
    reactor.attach(worker)
    expect(await first).toEqual([{ answer: 42 }])
  })

  it.each(['createPool', 'attach'])('of a pool: %s', async (how) => {
    const options = { filename: tasks.href, maxThreads: 1 }
    const pool = how === 'attach' ? new Piscina(options) : reactor.createPool(options)
    const seen: unknown[] = []
    pool.on('message', (message) => seen.push(message))
    if (how === 'attach') reactor.attach(pool)
    await pool.run(1)
    expect(await lastValueFrom(fromPool(pool, 2, { name: 'emits' }))).toBe(4)
    await reactor.stop()
    expect(seen).toEqual([{ answer: 2 }, { answer: 'emitted' }])
  })

  it('of a Worker and a pool whose attaching was taken back before they called', async () => {
    const worker = new Worker(tasks, { workerData: { task: 'isNested' } })
    const first = once(worker, 'message')
    reactor.attach(worker)[Symbol.dispose]()
    expect(await first).toEqual([{ nested: 'NotAttachedError' }])
  })

  it("of `parentPort`, in a module in a managed reactor's thread; and of a pool that is attached there", async () => {
    const { told } = await runFile('./own-messages-setup.js')
    expect(told).toEqual({ counts: [0, 0], seen: [{ answer: 6 }] })
  })
})
