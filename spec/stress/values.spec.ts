import { Reactor } from 'rx-crochet'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { tasksOf } from '../fixtures/tasks.js'
import { generated, like, VALUES } from '../fixtures/values.js'
import type * as worker from '../fixtures/values-worker.js'

const filename = new URL('../fixtures/values-worker.js', import.meta.url).href
const COUNT = 100

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each([
  ['either lane', ''],
  ['the general lane', 'general'],
  ['the fast lane', 'fast'],
])('a value that crosses over %s', (_, lane) => {
  it.each(['sends', 'gets'] as const)('is as structured clone has it: what a thread %s', async (task) => {
    vi.stubEnv('RX_CROCHET_LANE', lane)
    const seed = Math.floor(Math.random() * 2 ** 31)
    const values = generated(seed, COUNT)
    await using reactor = new Reactor()
    reactor.expose('service', {
      like: (value: unknown) => like(value),
      give: (name: string) => VALUES[name]?.(),
      giveGenerated: (nth: number) => values[nth],
    } satisfies worker.Service)
    const run = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1, env: process.env }))
    expect(await run(task, { seed, count: COUNT }), `with seed ${seed}`).toEqual([])
  })
})
