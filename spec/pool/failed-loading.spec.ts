/**
 * Files of tasks that can't be loaded, and threads that end before they are ready: whoever needs them is told, and nobody else.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setEnvironmentData } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { fromPool, move, offload, type PoolOptions, Reactor, ReactorStopped } from 'rx-crochet'
import { catchError, from, lastValueFrom, of } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isRaised, newFlag } from '../fixtures/flag.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { until } from '../fixtures/until.js'

const caller = import.meta.resolve('rx-crochet/caller')
const GOOD = 'export default (task) => task\nexport const size = ({ byteLength }) => byteLength'
const FILES = {
  'good.mjs': GOOD,
  'syntax.mjs': 'export default (',
  'syntax.cjs': 'module.exports = (',
  'throws.mjs': "throw Object.assign(new RangeError('why'), { code: 'E_TOP' })",
  'throws-later.mjs': "await null; throw Object.assign(new RangeError('why'), { code: 'E_TOP' })",
  'throws.cjs': "throw Object.assign(new RangeError('why'), { code: 'E_TOP' })",
  'throws-nothing.mjs': 'throw undefined',
  'import.mjs': "import './no-such-import.mjs'; export default () => 1",
  'mistake.mjs': `import { blocking } from '${caller}'; export const dns = blocking('dns', { timeout: -1 })`,
  'rejects.cjs': "module.exports = Promise.reject(Object.assign(new RangeError('why'), { code: 'E_TOP' }))",
  'exits.mjs': 'process.exit(3)',
  'uncaught.mjs': "setImmediate(() => { throw new RangeError('why') }); await new Promise(() => undefined)",
  'exhausts.mjs': 'const all = []; for (;;) all.push(new Array(100_000).fill(0.5))',
  'pends.mjs': `
    import { getEnvironmentData } from 'node:worker_threads'
    const begun = getEnvironmentData('spec: begun')
    Atomics.store(begun, 0, 1)
    await new Promise(() => undefined)`,
  'exits-once.mjs': `
    import { existsSync, writeFileSync } from 'node:fs'
    const mark = new URL('./mark', import.meta.url)
    if (!existsSync(mark)) { writeFileSync(mark, ''); process.exit(3) }
    export default (code) => code === 0 ? 'done' : process.exit(code)`,
}
const TOP = { constructor: RangeError, message: 'why', code: 'E_TOP' }

let folder: string
let reactor: Reactor
let pools: Piscina[] = []

const file = (name: string): string => join(folder, name)

function open(options: PoolOptions): Piscina {
  const pool = reactor.createPool({ minThreads: 1, maxThreads: 1, ...options })
  pools.push(pool)
  return pool
}

/** How a task ended that has to fail. */
async function failure(run: Promise<unknown>): Promise<unknown> {
  const ended = await run.then(
    (result) => ({ result }),
    (thrown: unknown) => ({ thrown }),
  )
  expect(ended).toHaveProperty('thrown')
  return Reflect.get(ended, 'thrown')
}

/** Counts the threads that are started from now on. */
function countThreads(): { readonly count: number } & Disposable {
  let count = 0
  const onWorker = (): void => {
    count += 1
  }
  process.on('worker', onWorker)
  return {
    get count() {
      return count
    },
    [Symbol.dispose]: () => void process.off('worker', onWorker),
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failing files '))
  await Promise.all(Object.entries(FILES).map(([name, source]) => writeFile(file(name), source)))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  reactor = new Reactor({ logger: new RecordedLog() })
})
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.destroy()))
  pools = []
  await reactor.stop({ drainTimeout: 0 })
})

describe("a task whose file can't be loaded fails with the error that Node gave, and the pool goes on", () => {
  const ROWS: [name: string, expected: unknown][] = [
    ['missing.mjs', { code: 'ERR_MODULE_NOT_FOUND' }],
    ['syntax.mjs', { constructor: SyntaxError, message: 'Unexpected end of input' }],
    ['syntax.cjs', { constructor: SyntaxError, message: 'Unexpected end of input' }],
    ['import.mjs', { code: 'ERR_MODULE_NOT_FOUND', message: expect.stringContaining('no-such-import') }],
    ['throws.mjs', TOP],
    ['throws-later.mjs', TOP],
    ['throws.cjs', TOP],
    ['rejects.cjs', TOP],
    ['mistake.mjs', { constructor: RangeError, message: expect.stringContaining('timeout') }],
    ['exits.mjs', { message: 'worker exited with code: 3' }],
    ['uncaught.mjs', { constructor: RangeError, message: 'why' }],
    ['exhausts.mjs', { code: 'ERR_WORKER_OUT_OF_MEMORY' }],
  ]

  it.each(ROWS)("of the pool's file %s", async (name, expected) => {
    const pool = open({ filename: file(name), resourceLimits: { maxOldGenerationSizeMb: 24 } })
    const runs = [pool.run(1), pool.run(2)]
    expect(await Promise.all(runs.map(failure))).toMatchObject([expected, expected])
    expect(await failure(pool.run(3))).toMatchObject(Object(expected))
    expect(await pool.run(4, { filename: file('good.mjs') })).toBe(4)
  })

  it.each(ROWS.filter(([name]) => /^(missing|throws-later|exits)\.mjs$/.test(name)))(
    "of the task's own file %s",
    async (name, expected) => {
      const pool = open({ filename: file('good.mjs') })
      const runs = [pool.run(1, { filename: file(name) }), pool.run(2, { filename: file(name) })]
      const between = pool.run('good')
      expect(await Promise.all(runs.map(failure))).toMatchObject([expected, expected])
      expect([await between, await pool.run(3)]).toEqual(['good', 3])
    },
  )

  it('also with what is no error', async () => {
    expect(await failure(open({ filename: file('throws-nothing.mjs') }).run(1))).toBe(undefined)
  })

  it('as an Observable, to whoever catches it', async () => {
    const pool = open({ filename: file('throws.mjs') })
    const caught = catchError((error: unknown) => of(error))
    expect(await lastValueFrom(fromPool(pool, 1).pipe(caught))).toMatchObject(TOP)
    expect(await lastValueFrom(from([1, 2]).pipe(offload(pool), caught))).toMatchObject(TOP)
  })

  it('without a thread for each of those that waited', async () => {
    const pool = open({ filename: file('throws.mjs') })
    using started = countThreads()
    const failures = await Promise.all(Array.from({ length: 50 }, (_, n) => failure(pool.run(n))))
    expect(failures).toEqual(failures.map(() => expect.objectContaining({ code: 'E_TOP' })))
    await nextTurn()
    expect(started.count).toBeLessThanOrEqual(2) // the first, and the one that takes its place
  })

  it('and others that the thread runs come to their ends', async () => {
    const pool = open({ filename: file('good.mjs'), concurrentTasksPerWorker: 3, atomics: 'disabled' })
    const runs = [1, 2, 3].map((task) => pool.run(task, task === 2 ? { filename: file('throws-later.mjs') } : {}))
    expect(await Promise.allSettled(runs)).toMatchObject([{ value: 1 }, { reason: TOP }, { value: 3 }])
  })
})

describe('the next task that needs the file tries again', () => {
  it('in another thread', async () => {
    const filename = file('comes-later.mjs')
    const pool = open({ filename })
    expect(await failure(pool.run(1))).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    const [failed] = pool.threads
    await writeFile(filename, GOOD)
    expect(await pool.run(1)).toBe(1)
    expect(pool.threads).not.toContain(failed)
    expect(pool.threads).toHaveLength(1)
  })

  it.each([
    ['a copy', () => new ArrayBuffer(8), {}],
    ['with move()', () => move(new ArrayBuffer(8)), {}],
  ])('if the thread failed before the task was submitted, which arrives: %s', async (how, task) => {
    const filename = file(`comes-late ${how}.mjs`)
    const pool = open({ filename })
    // The thread is ready, so it has failed to load that file.
    expect(await pool.run('ready', { filename: file('good.mjs') })).toBe('ready')
    await writeFile(filename, GOOD)
    expect(await pool.run(task(), { name: 'size' })).toBe(8)
  })

  it('if the thread failed before, and a list says what is transferred', async () => {
    const filename = file('comes-late-list.mjs')
    const pool = open({ filename })
    await pool.run('ready', { filename: file('good.mjs') })
    await writeFile(filename, GOOD)
    const bytes = new Uint8Array(8)
    expect(await pool.run(bytes, { name: 'size', transferList: [bytes.buffer] })).toBe(8)
    expect(bytes.byteLength).toBe(0)
  })
})

describe('a thread that ends before it is ready', () => {
  it.each([
    ['exits', 'process.exit(4)', { message: 'worker exited with code: 4' }],
    ['throws', 'throw new RangeError("why")', { constructor: RangeError, message: 'why' }],
  ])(
    'fails the tasks that wait with what it died of, and no more threads are started: it %s',
    async (_, code, died) => {
      const pool = open({
        filename: file('good.mjs'),
        minThreads: 0,
        execArgv: ['--import', `data:text/javascript,${code}`],
      })
      using started = countThreads()
      const abort = new AbortController()
      const runs = [pool.run(1), pool.run(2, { signal: abort.signal }), pool.run(3)]
      expect(await Promise.all(runs.map(failure))).toMatchObject([died, died, died])
      expect(await failure(pool.run(4))).toMatchObject(died)
      await nextTurn()
      expect(started.count).toBe(3) // one that loads the file early, and one that doesn't; then the one of the last task
      expect(pool.queueSize).toBe(0)
    },
  )

  it('is told to whoever listens for errors of the pool', async () => {
    const pool = open({ filename: file('uncaught.mjs'), minThreads: 0 })
    const errors: unknown[] = []
    pool.on('error', (error: unknown) => errors.push(error))
    await failure(pool.run(1))
    expect(errors).toMatchObject([{ message: 'why' }])
  })

  it('does not keep the pool from replacing threads that end later', async () => {
    const pool = open({ filename: file('exits-once.mjs'), minThreads: 0 })
    expect(await pool.run(0)).toBe('done')
    expect(existsSync(file('mark'))).toBe(true)
    const runs = [pool.run(5), pool.run(0)]
    expect(await failure(Promise.resolve(runs[0]))).toMatchObject({ message: 'worker exited with code: 5' })
    expect(await runs[1]).toBe('done')
  })
})

it('stop() ends a task whose file is never loaded to its end', async () => {
  const begun = newFlag()
  setEnvironmentData('spec: begun', begun)
  const pool = open({ filename: file('pends.mjs') })
  const run = failure(pool.run(1))
  await until(() => isRaised(begun))
  expect(await reactor.stop({ drainTimeout: 1 })).toMatchObject({ terminated: 1 })
  expect(await run).toBeInstanceOf(ReactorStopped)
})
