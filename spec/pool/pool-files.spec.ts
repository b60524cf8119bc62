/**
 * A pool in its own threads: what would start threads without end is refused, and nothing else.
 *
 * @module
 */
import { getEnvironmentData } from 'node:worker_threads'
import { Reactor } from 'rx-crochet'
import { describe, expect, it } from 'vitest'
import { POOL_FILES } from '../../lib/protocol/thread.js'
import { runInThread } from '../fixtures/own-file-nested.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { runFile } from '../fixtures/setup-run.js'

const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).href
const nested = { filename: fixture('eventual-result-worker.js'), name: 'mayWait', task: undefined }

describe('createPool()', () => {
  it.each([
    ['starts at once', '1'],
    ['starts for the first task', '0'],
  ])(
    'is refused in a thread of a pool of that file, which names the cause and the cure: one that %s',
    async (_, min) => {
      const { told, lines } = await runFile('./own-file-program.js', [min])
      expect(lines).toHaveLength(1)
      expect(told).toEqual({
        name: 'AlreadyInUseError',
        code: 'ERR_RX_CROCHET_ALREADY_IN_USE',
        message: expect.stringMatching(
          /^createPool\(\) was called in a thread of a pool of the same file, `.*own-file-worker\.js`.*`import type`.*a file of its own$/,
        ),
      })
    },
  )

  it('may make pools of a file in threads of another one, though there is a pool of it here', async () => {
    const reactor = new Reactor({ logger: new RecordedLog() })
    reactor.createPool({ filename: nested.filename, minThreads: 1, maxThreads: 1 })
    const pool = reactor.createPool({ filename: fixture('own-file-nested.js'), minThreads: 1, maxThreads: 1 })
    expect(await pool.run(nested)).toBe(true)
    expect(await pool.run({ ...nested, filename: nested.filename.replace(/^file:\/\//, '') })).toBe(true)
    await reactor.stop()
  })

  it('tells only the threads of that pool', async () => {
    const reactor = new Reactor({ logger: new RecordedLog() })
    const pool = reactor.createPool({ filename: nested.filename, minThreads: 1, maxThreads: 1 })
    await pool.run(undefined, { name: nested.name })
    expect(getEnvironmentData(POOL_FILES)).toBeUndefined()
    expect(await runInThread(nested)).toBe(true)
    expect(() => reactor.createPool({ filename: nested.filename, minThreads: 2, maxThreads: 1 })).toThrow(RangeError)
    expect(getEnvironmentData(POOL_FILES)).toBeUndefined()
    await reactor.stop()
  })

  it('tells them only while they are started: where one is replaced, too', async () => {
    const reactor = new Reactor({ logger: new RecordedLog() })
    const pool = reactor.createPool({ filename: fixture('own-file-nested.js'), minThreads: 1, maxThreads: 1 })
    const controller = new AbortController()
    const first = pool.run(undefined, { name: 'never', signal: controller.signal })
    const second = pool.run(nested)
    expect(getEnvironmentData(POOL_FILES)).toBeUndefined()
    controller.abort()
    await expect(first).rejects.toThrow('aborted')
    expect(getEnvironmentData(POOL_FILES)).toBeUndefined()
    expect(await second).toBe(true)
    await reactor.stop()
  })
})
