import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { move, type PoolOptions, Reactor, ResultNotCloneableError } from 'rx-crochet'
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { newFlag, raise } from '../fixtures/flag.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { until } from '../fixtures/until.js'

const href = (file: string): string => new URL(`../fixtures/${file}`, import.meta.url).href
const filename = href('failures-tasks.js')

let reactor: Reactor
let opened: Piscina[] = []

beforeAll(() => {
  reactor = new Reactor({ logger: new RecordedLog() })
})
afterEach(async () => {
  await Promise.all(opened.map((pool) => pool.destroy()))
  opened = []
})
afterAll(() => reactor.stop())

type Make = (options?: PoolOptions) => Piscina
const MAKERS = {
  'new Piscina': (options) => new Piscina(options),
  createPool: (options) => reactor.createPool(options),
} satisfies Record<string, Make>

/** A pool of one thread; closed after the test. */
function open(make: Make, options: PoolOptions = {}): Piscina {
  const pool = make({ maxThreads: 1, ...options })
  // Those whose threads fail outside of a task are told by this event, which throws if nobody listens.
  pool.on('error', () => undefined)
  opened.push(pool)
  return pool
}

type Ended = { readonly returned: unknown } | { readonly threw: unknown }

/** How a use of a pool ended, in data that can be compared. */
async function ended(use: () => unknown): Promise<Ended> {
  try {
    return { returned: await use() }
  } catch (thrown) {
    if (!(thrown instanceof Error)) return { threw: thrown }
    // Which module imported it is the one thing that differs.
    const message = thrown.message.replace(/ imported from .*/, '')
    return { threw: { class: thrown.constructor.name, name: thrown.name, message, cause: thrown.cause } }
  }
}

/** Uses a Piscina, and one of `createPool`, alike; tells how both ended. */
function both(use: (pool: Piscina) => unknown, options?: PoolOptions): Promise<[piscina: Ended, ours: Ended]> {
  return bothOf(use, (maker) => open(MAKERS[maker], options))
}

async function bothOf(
  use: (pool: Piscina) => unknown,
  poolOf: (maker: keyof typeof MAKERS) => Piscina,
): Promise<[piscina: Ended, ours: Ended]> {
  const one = async (maker: keyof typeof MAKERS): Promise<Ended> => {
    const pool = poolOf(maker)
    return ended(() => use(pool))
  }
  return [await one('new Piscina'), await one('createPool')]
}

/** What a wrongly typed caller may give. */
const odd = (options: unknown): Parameters<Piscina['run']>[1] => options as Parameters<Piscina['run']>[1]

describe("a pool of createPool finds a task's function as Piscina does", () => {
  const CJS_FUNCTION = href('failures-function.cjs')
  const CJS_NAMED = href('failures-named.cjs')
  const PROMISE = href('failures-promise.js')

  it.each<[string, PoolOptions, Parameters<Piscina['run']>[1], unknown]>([
    ['the default export', { filename }, undefined, 'task'],
    ['no options', { filename }, {}, 'task'],
    [
      'options that are all undefined',
      { filename },
      odd({ name: undefined, filename: undefined, signal: undefined, transferList: undefined }),
      'task',
    ],
    ['options that are all null', { filename }, odd({ name: null, filename: null, signal: null }), 'task'],
    ['a named export', { filename }, { name: 'named' }, { named: 'task' }],
    ['an async function', { filename }, { name: 'later' }, { later: 'task' }],
    ["the pool's `name`", { filename, name: 'named' }, undefined, { named: 'task' }],
    [
      "the pool's `name`, if that of run() is undefined",
      { filename, name: 'named' },
      odd({ name: undefined }),
      { named: 'task' },
    ],
    [
      'the `name` and `filename` of the pool, if those of run() are null',
      { filename, name: 'named' },
      odd({ name: null, filename: null }),
      { named: 'task' },
    ],
    ["run()'s own options, and not what they inherit", { filename }, Object.create({ name: 'named' }), 'task'],
    ["run()'s `name` before the pool's", { filename, name: 'named' }, { name: 'later' }, { later: 'task' }],
    ["run()'s `filename`, a URL", {}, { filename }, 'task'],
    ["run()'s `filename`, a path", {}, { filename: fileURLToPath(filename) }, 'task'],
    ["the pool's `filename`, a path", { filename: fileURLToPath(filename) }, undefined, 'task'],
    ["run()'s `filename` before the pool's", { filename }, { filename: CJS_NAMED, name: 'named' }, { named: 'task' }],
    ['a CommonJS module that is a function', { filename: CJS_FUNCTION }, undefined, { itself: 'task' }],
    [
      'a property of a CommonJS module that is a function',
      { filename: CJS_FUNCTION },
      { name: 'named' },
      { named: 'task' },
    ],
    ['an export of a CommonJS module', { filename: CJS_NAMED }, { name: 'named' }, { named: 'task' }],
    ['a promise as an export', { filename }, { name: 'promised' }, { promised: 'task' }],
    ['a promise as the default export', { filename: PROMISE }, undefined, { promised: 'task' }],
    [
      'a promise as an export of a CommonJS module',
      { filename: CJS_NAMED },
      { name: 'promised' },
      { promised: 'task' },
    ],
  ])('%s', async (_, options, given, returned) => {
    const [piscina, ours] = await both((pool) => pool.run('task', given), options)
    expect(ours).toStrictEqual({ returned })
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, PoolOptions, Parameters<Piscina['run']>[1]]>([
    ['no filename', {}, undefined],
    ['a filename that is no text', { filename }, odd({ filename: 1 })],
    ['a name that is no text', { filename }, odd({ name: 1 })],
    ['a transferList that is no array', { filename }, odd({ transferList: {} })],
    ['a transferList that is null', { filename }, odd({ transferList: null })],
    ['options that are null', { filename }, odd(null)],
    ['options that are no object', { filename }, odd(1)],
    ['a signal that is no object', { filename }, odd({ signal: 1 })],
    ['a file that does not exist', {}, { filename: href('no-such-file.js') }],
    ['a file URL of another host', {}, odd({ filename: 'file://elsewhere/worker.js' })],
    ['a file that fails while loading', {}, { filename: href('failures-loading.js') }],
    ["a file that fails while loading, if it is the pool's", { filename: href('failures-loading.js') }, undefined],
    ['no such export', { filename }, { name: 'missing' }],
    ['an export that is no function', { filename }, { name: 'notAFunction' }],
    ['what every object has', { filename }, { name: 'toString' }],
  ])('or fails as it does: %s', async (_, options, given) => {
    const [piscina, ours] = await both((pool) => pool.run('task', given), options)
    expect(ours).toHaveProperty('threw.message')
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, PoolOptions, Parameters<Piscina['run']>[1]]>([
    ['undefined', { filename, name: 'failsWithCode' }, odd({ name: undefined, filename: undefined })],
    ['null', { filename, name: 'failsWithCode' }, odd({ name: null, filename: null })],
  ])('and its failure arrives whole, though `name` and `filename` of run() are %s', async (_, options, given) => {
    const pool = open(MAKERS.createPool, options)
    await expect(pool.run('E_CODE', given)).rejects.toMatchObject({ message: 'why', code: 'E_CODE' })
  })

  it('and has the code of why a file could not be loaded', async () => {
    const pool = open(MAKERS.createPool)
    await expect(pool.run(1, { filename: href('no-such-file.js') })).rejects.toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    })
    await expect(pool.run(1, { filename: href('failures-loading.js') })).rejects.toMatchObject({ code: 'E_LOADING' })
  })

  it('and goes on with other tasks after one that failed, and with the same file', async () => {
    const pool = open(MAKERS.createPool, { filename })
    const fails = () => pool.run('why', { name: 'fails' })
    await expect(fails()).rejects.toThrow(new RangeError('why'))
    await expect(fails()).rejects.toThrow(new RangeError('why'))
    await expect(pool.run(1, { name: 'missing' })).rejects.toThrow('No handler function')
    expect(await pool.run('task')).toBe('task')
    expect(pool.threads).toHaveLength(1)
  })
})

describe("a pool of createPool finds a task's function in all forms of modules, as Piscina does", () => {
  /** Functions say which they are, and what they were given. */
  const FILES = {
    'function.cjs': "module.exports = (task) => ['itself', task]",
    'function-with-properties.cjs': `
      module.exports = (task) => ['itself', task]
      module.exports.named = (task) => ['named', task]
      module.exports.default = (task) => ['default', task]`,
    'class-with-static.cjs': "module.exports = class { static named(task) { return ['named', task] } }",
    'default.cjs': "exports.default = (task) => ['default', task]",
    'named.cjs': "exports.named = (task) => ['named', task]",
    'compiled.cjs': `
      Object.defineProperty(exports, '__esModule', { value: true })
      exports.named = (task) => ['named', task]
      exports.default = (task) => ['default', task]`,
    'compiled-getters.cjs': `
      Object.defineProperty(exports, '__esModule', { value: true })
      Object.defineProperty(exports, 'named', { enumerable: true, get: () => (task) => ['named', task] })`,
    'compiled-function.cjs': `
      module.exports = (task) => ['itself', task]
      module.exports.__esModule = true
      module.exports.named = (task) => ['named', task]
      module.exports.default = (task) => ['default', task]`,
    'object-in-default.cjs': "exports.default = { named: (task) => ['named', task] }",
    'inherited.cjs': "module.exports = Object.create({ named: (task) => ['named', task] })",
    'getter.cjs': "module.exports = { get named() { return (task) => ['named', task] } }",
    'failing-getter.cjs': "module.exports = { get named() { throw new Error('no such luck') } }",
    'promises.cjs': `
      exports.named = Promise.resolve((task) => ['named', task])
      exports.missing = Promise.reject(new Error('no such luck'))
      exports.missing.catch(() => undefined)`,
    'promise.cjs': "module.exports = Promise.resolve((task) => ['itself', task])",
    'thenable.cjs': "module.exports = { then: (resolve) => resolve({ named: (task) => ['named', task] }) }",
    'null.cjs': 'module.exports = null',
    'text.cjs': "module.exports = 'text'",
    'array.cjs': "module.exports = [(task) => ['0', task]]",
    'failing.cjs': "throw new RangeError('no such luck')",
    'failing-once.cjs': `
      globalThis.failed = !globalThis.failed
      if (globalThis.failed) throw new RangeError('no such luck')
      exports.named = (task) => ['named', task]`,
    'default.mjs': "export default (task) => ['default', task]",
    'named.mjs': "export const named = (task) => ['named', task]",
    'both.mjs': `
      export const named = (task) => ['named', task]
      export default (task) => ['default', task]`,
    'object-in-default.mjs': "export default { named: (task) => ['named', task], default: (task) => ['inner', task] }",
    'promises.mjs': `
      export const named = Promise.resolve((task) => ['named', task])
      export default Promise.resolve((task) => ['default', task])`,
    'awaiting.mjs': `
      await null
      export const named = (task) => ['named', task]
      export default (task) => ['default', task]`,
    'compiled.mjs': `
      export const __esModule = true
      export const named = (task) => ['named', task]`,
    'failing.mjs': "throw new RangeError('no such luck')",
    'data.json': '{ "named": 1 }',
  }
  const NAMES = ['default', 'named', 'missing', '0', 'then', 'toString', 'constructor', 'length', '__proto__', '']

  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'task files '))
    await Promise.all(Object.entries(FILES).map(([file, source]) => writeFile(join(folder, file), source)))
  })
  afterAll(() => rm(folder, { recursive: true }))

  describe.each([
    { modules: 'imported', execArgv: ['--no-experimental-require-module', '--no-warnings'] },
    { modules: 'required', execArgv: ['--experimental-require-module', '--no-warnings'] },
  ])('where ES modules are $modules', ({ execArgv }) => {
    // One of each for all files, for starting threads is what takes long.
    const pools: Piscina[] = []
    beforeAll(() => {
      pools.push(...Object.values(MAKERS).map((make) => make({ maxThreads: 1, execArgv })))
    })
    afterAll(() => Promise.all(pools.map((pool) => pool.destroy())))

    it.each(Object.keys(FILES))('%s', async (file) => {
      const runs = (pool: Piscina, name: string) =>
        ended(() => pool.run('task', { filename: join(folder, file), name }))
      const [piscina, ours] = await Promise.all(pools.map((pool) => Promise.all(NAMES.map((name) => runs(pool, name)))))
      expect(ours).toStrictEqual(piscina)
    })
  })
})

describe('a pool of createPool is made as Piscina is', () => {
  it.each<[string, object]>([
    ['filename', { filename: 1 }],
    ['name', { name: 1 }],
    ['minThreads', { minThreads: -1 }],
    ['maxThreads', { maxThreads: 0 }],
    ['minThreads above maxThreads', { minThreads: 2, maxThreads: 1 }],
    ['idleTimeout', { idleTimeout: -1 }],
    ['maxQueue', { maxQueue: -1 }],
    ['concurrentTasksPerWorker', { concurrentTasksPerWorker: 0 }],
    ['atomics', { atomics: 'odd' }],
    ['resourceLimits', { resourceLimits: 0 }],
    ['taskQueue', { taskQueue: {} }],
    ['loadBalancer', { loadBalancer: () => null }],
    ['loadBalancer that is no function', { loadBalancer: 1 }],
    ['closeTimeout', { closeTimeout: -1 }],
    ['workerHistogram', { workerHistogram: 1 }],
  ])('or is refused with the same error: %s', async (_, options) => {
    const piscina = await ended(() => new Piscina(options))
    const ours = await ended(() => reactor.createPool(options))
    expect(ours).toHaveProperty('threw.message')
    expect(ours).toStrictEqual(piscina)
  })

  it('with the types of its tasks and results', () => {
    expectTypeOf(reactor.createPool<string, number>).returns.toEqualTypeOf<Piscina<string, number>>()
    expectTypeOf(reactor.createPool<string, number>({ filename }).run).parameter(0).toEqualTypeOf<string>()
    expectTypeOf(reactor.createPool<string, number>({ filename }).run).returns.toEqualTypeOf<Promise<number>>()
    expectTypeOf(reactor.createPool()).toEqualTypeOf(new Piscina())
  })
})

describe('a task of a pool of createPool', () => {
  // For tasks that leave their thread as it was: starting threads is what takes long.
  let shared: Record<keyof typeof MAKERS, Piscina>
  beforeAll(() => {
    const options = { filename, maxThreads: 1 }
    shared = { 'new Piscina': MAKERS['new Piscina'](options), createPool: MAKERS.createPool(options) }
  })
  afterAll(() => Promise.all(Object.values(shared).map((pool) => pool.destroy())))

  const bothShared = (use: (pool: Piscina) => unknown) => bothOf(use, (maker) => shared[maker])

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ['an empty string', ''],
    ['an array', [1, [2]]],
    ['an object', { filename: 'theirs', name: 'theirs', task: 'theirs' }],
    ['a Map', new Map([['k', { v: 1 }]])],
    ['an error', new RangeError('not thrown')],
  ])("is what was given, and its result what it returns, as Piscina's: %s", async (_, task) => {
    const [piscina, ours] = await bothShared((pool) => pool.run(task))
    expect(ours).toStrictEqual({ returned: task })
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, (pool: Piscina) => unknown]>([
    ['is refused, if it cannot be cloned', (pool) => pool.run(() => 1)],
    ['is refused, if a part of it cannot be cloned', (pool) => pool.run({ deep: [Symbol('s')] })],
    ['fails, if its thread exits', (pool) => pool.run(3, { name: 'exits' })],
    ['is refused, if its signal has fired', (pool) => pool.run(1, { signal: AbortSignal.abort('why') })],
    ['is refused, if what it is to transfer cannot be', (pool) => pool.run(1, { transferList: odd([{}]) as never })],
  ])("%s, with the same error as Piscina's", async (_, use) => {
    const [piscina, ours] = await both(use, { filename })
    expect(ours).toHaveProperty('threw')
    expect(ours).toStrictEqual(piscina)
  })

  it.each([
    ['a function', 'aFunction', "`value` (a function); functions don't cross threads"],
    ['what has one within', 'functionsWithin', "`value.deep[1]` (the function `odd`); functions don't cross threads"],
  ])('fails with an error that names it, and where its result cannot be cloned: %s', async (_, name, where) => {
    const pool = shared.createPool
    const thrown: unknown = await pool.run(1, { name }).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(ResultNotCloneableError)
    expect(thrown).toMatchObject({
      message: `The result of \`${name}\` of ${fileURLToPath(filename)} cannot be sent from its thread: because of ${where}`,
      cause: expect.any(DOMException),
    })
    expect(await pool.run('next')).toBe('next')
  })

  it('fails with the DOMException that nobody caught in its thread', async () => {
    const pool = open(MAKERS.createPool, { filename })
    await expect(pool.run(1, { name: 'leavesUncaught' })).rejects.toMatchObject({
      constructor: DOMException,
      name: 'AbortError',
      message: 'why',
    })
  })

  it("that exhausts its thread's memory fails as Piscina's", async () => {
    const [piscina, ours] = await both((pool) => pool.run(1, { name: 'exhaustsMemory' }), {
      filename,
      resourceLimits: { maxOldGenerationSizeMb: 16 },
    })
    expect(ours).toMatchObject({ threw: { message: expect.stringContaining('memory limit') } })
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, (buffer: ArrayBuffer, pool: Piscina) => Promise<unknown>]>([
    ['transferList', (buffer, pool) => pool.run(buffer, { name: 'kind', transferList: [buffer] })],
    ['Piscina.move()', (buffer, pool) => pool.run(Piscina.move(buffer), { name: 'kind' })],
  ])('is transferred with %s', async (_, use) => {
    const [piscina, ours] = await bothShared(async (pool) => {
      const buffer = new ArrayBuffer(8)
      return { there: await use(buffer, pool), here: buffer.byteLength }
    })
    expect(ours).toStrictEqual({ returned: { there: { is: '[object ArrayBuffer]', bytes: 8 }, here: 0 } })
    expect(ours).toStrictEqual(piscina)
  })

  /** What can be transferred with Piscina's `move()`, and says how. */
  class Image {
    readonly pixels = new ArrayBuffer(8)

    get [Piscina.transferableSymbol](): ArrayBuffer {
      return this.pixels
    }

    get [Piscina.valueSymbol](): ArrayBuffer {
      return this.pixels
    }
  }

  /** The type that it takes names symbols by which nobody else can. */
  const piscinaMove = (image: Image): unknown => Piscina.move(image as object as ArrayBuffer)

  it.each<[string, (image: Image) => unknown, { there: unknown; here: number }]>([
    ['with move()', piscinaMove, { there: { is: '[object ArrayBuffer]', bytes: 8 }, here: 0 }],
    ['without', (image) => image, { there: { is: '[object Object]', bytes: undefined }, here: 8 }],
    [
      'without, if its mark is false',
      (image) => {
        const [mark] = Object.getOwnPropertySymbols(piscinaMove(image))
        return Object.defineProperty(image, mark ?? '', { value: false })
      },
      { there: { is: '[object Object]', bytes: undefined }, here: 8 },
    ],
  ])("that could be transferred is so only if Piscina's would be: %s", async (_, task, returned) => {
    const [piscina, ours] = await bothShared(async (pool) => {
      const image = new Image()
      return { there: await pool.run(task(image), { name: 'kind' }), here: image.pixels.byteLength }
    })
    expect(ours).toStrictEqual({ returned })
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, (bytes: Uint8Array) => unknown, Uint8Array]>([
    ['a buffer', (bytes) => move(bytes.buffer), new Uint8Array(8)],
    ['a view', (bytes) => move(bytes), new Uint8Array(8)],
    ['what Piscina.move() marked', (bytes) => move(Piscina.move(bytes) as object), new Uint8Array(8)],
  ])("is transferred with this package's move(): %s", async (_, mark, bytes) => {
    const pool = shared.createPool
    expect(await pool.run(mark(bytes), { name: 'kind' })).toMatchObject({ bytes: 8 })
    expect(bytes.byteLength).toBe(0)
  })

  it('is transferred with move() beside what else is to be', async () => {
    const pool = shared.createPool
    const [bytes, other] = [new Uint8Array(8), new ArrayBuffer(4)]
    expect(await pool.run(move(bytes), { name: 'kind', transferList: [other] })).toMatchObject({ bytes: 8 })
    expect([bytes.byteLength, other.byteLength]).toEqual([0, 0])
  })

  it('may transfer its result with Piscina.move()', async () => {
    const [piscina, ours] = await bothShared((pool) => pool.run(8, { name: 'moved' }))
    expect(ours).toStrictEqual({ returned: new ArrayBuffer(8) })
    expect(ours).toStrictEqual(piscina)
  })

  it.each<[string, PoolOptions]>([
    ['nothing', {}],
    ['workerData', { workerData: { a: 1 } }],
    ['env', { env: { FAILURES_SPEC: 'set' } }],
    ['argv', { argv: ['--one', 'two'] }],
    ['atomics', { atomics: 'async' }],
  ])("finds in its thread what Piscina's finds: %s", async (_, options) => {
    const [piscina, ours] = await both((pool) => pool.run(undefined, { name: 'where' }), { filename, ...options })
    expect(ours).toMatchObject({ returned: { isMainThread: false, hasThread: true, isWorkerThread: true, same: true } })
    expect(ours).toStrictEqual(piscina)
  })

  it.each([
    { modules: 'imported', execArgv: ['--no-experimental-require-module'] },
    { modules: 'required', execArgv: ['--experimental-require-module', '--no-warnings'] },
  ])('finds its module loaded once, with the state it left there, if ES modules are $modules', async ({ execArgv }) => {
    const [piscina, ours] = await both(
      async (pool) => [
        await pool.run(undefined, { name: 'loads' }),
        await pool.run(undefined, { name: 'count' }),
        await pool.run(undefined, { name: 'count', filename: fileURLToPath(filename) }),
        await pool.run(undefined, { name: 'loads' }),
      ],
      { filename, execArgv, minThreads: 1 },
    )
    expect(ours).toStrictEqual({ returned: [1, 1, 2, 1] })
    expect(ours).toStrictEqual(piscina)
  })

  it.each(['later', 'default'])('is that of its own file, though another has the name `%s` too', async (name) => {
    const files = [filename, href('failures-promise.js'), href('failures-function.cjs')]
    const [piscina, ours] = await both(
      async (pool) => Promise.all(files.map((file) => ended(() => pool.run('task', { name, filename: file })))),
      {},
    )
    expect(new Set((ours as { returned: unknown[] }).returned.map((one) => JSON.stringify(one))).size).toBe(3)
    expect(ours).toStrictEqual(piscina)
  })

  it('finds its CommonJS module as it left it', async () => {
    const [piscina, ours] = await both(
      async (pool) => [await pool.run(undefined), await pool.run(undefined), await pool.run(1, { name: 'named' })],
      { filename: href('failures-named.cjs'), name: 'count' },
    )
    expect(ours).toEqual(piscina)
  })
})

describe.each(Object.entries(MAKERS))('%s', (_, make) => {
  /** A pool whose one thread is at a task, which goes on when told to. */
  async function busy(options: PoolOptions = {}) {
    const pool = open(make, { filename, ...options })
    const flags = { begun: newFlag(), goOn: newFlag() }
    const abort = new AbortController()
    const first = ended(() => pool.run(flags, { name: 'waits', signal: abort.signal }))
    await until(() => Atomics.load(flags.begun, 0) === 1)
    return { pool, abort, first, goOn: () => raise(flags.goOn) }
  }

  const aborted = {
    threw: { class: 'AbortError', name: 'AbortError', message: 'The task has been aborted', cause: 'why' },
  }

  it('aborts a task in the queue, and no other', async () => {
    const { pool, first, goOn } = await busy()
    const abort = new AbortController()
    const second = ended(() => pool.run('second', { signal: abort.signal }))
    const third = ended(() => pool.run('third'))
    abort.abort('why')
    expect(await second).toStrictEqual(aborted)
    goOn()
    expect(await first).toStrictEqual({ returned: 'went on' })
    expect(await third).toStrictEqual({ returned: 'third' })
  })

  it('aborts a running task, and goes on with the next', async () => {
    const { pool, abort, first } = await busy()
    const second = ended(() => pool.run('second'))
    abort.abort('why')
    expect(await first).toStrictEqual(aborted)
    expect(await second).toStrictEqual({ returned: 'second' })
  })

  it('asks its queue at once, and shows it what the task says to the queue', async () => {
    const seen: unknown[] = []
    const { pool, first, goOn } = await busy({ taskQueue: new ByRank(seen) })
    const ranked = (rank: number) => ({ rank, [Piscina.queueOptionsSymbol]: { rank } })
    const done: number[] = []
    const runs = [1, 3, 2].map((rank) => pool.run(ranked(rank)).then(() => done.push(rank)))
    expect(seen).toEqual([{ rank: 1 }, { rank: 3 }, { rank: 2 }])
    const moved = Object.assign(new ArrayBuffer(8), ranked(4))
    runs.push(pool.run(Piscina.move(moved), { name: 'kind' }).then(() => done.push(4)))
    expect(seen.slice(3)).toEqual([{ rank: 4 }])
    const plain = pool.run('no rank').then(() => done.push(0))
    expect(seen).toHaveLength(5)
    goOn()
    await Promise.all([first, ...runs, plain])
    expect(done).toEqual([4, 3, 2, 1, 0])
    expect(await ended(() => pool.run(ranked(1)))).toStrictEqual({ returned: { rank: 1 } })
  })

  it('refuses a task for which the queue has no room', async () => {
    const { pool, first, goOn } = await busy({ maxQueue: 1 })
    const second = pool.run('second')
    expect(await ended(() => pool.run('third'))).toMatchObject({ threw: { message: 'Task queue is at limit' } })
    goOn()
    expect([await first, await second]).toStrictEqual([{ returned: 'went on' }, 'second'])
  })

  it('counts tasks that have ended, in whichever way, and measures them', async () => {
    const pool = open(make, { filename })
    await pool.run('task')
    await ended(() => pool.run('why', { name: 'fails' }))
    await ended(() => pool.run('task', { name: 'missing' }))
    expect(pool.completed).toBe(3)
    expect(pool.histogram.runTime.max).toBeGreaterThan(0)
    expect(pool.histogram.waitTime.max).toBeGreaterThan(0)
    expect(pool.utilization).toBeGreaterThan(0)
  })

  it('shows its load balancer each task, and obeys it', async () => {
    const seen: unknown[] = []
    const pool = open(make, {
      filename,
      maxThreads: 2,
      minThreads: 2,
      loadBalancer(task, workers) {
        seen.push(task.isAbortable)
        return workers.find((worker) => worker.currentUsage === 0) ?? null
      },
    })
    await pool.run('task')
    await pool.run('task', { signal: new AbortController().signal })
    expect(new Set(seen)).toEqual(new Set([false, true]))
  })
})

describe('the application sees of a pool of createPool what it gave', () => {
  const shown = { filename: fileURLToPath(filename), name: 'named' }

  it('in its own queue: each task, and what belongs to it', async () => {
    const seen: unknown[] = []
    const queue = new Shifting(seen)
    const pool = open(MAKERS.createPool, { filename, taskQueue: queue, minThreads: 0 })
    const abort = new AbortController()
    const tasks = ['one', 'two', 'three'].map((task) => pool.run(task, { name: 'named' }))
    const aborted = pool.run('four', { name: 'named', signal: abort.signal })
    abort.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    expect(await Promise.all(tasks)).toEqual([{ named: 'one' }, { named: 'two' }, { named: 'three' }])
    const each = (task: string): object => ({ ...shown, task })
    // Piscina gives it again what it takes out, and then has no thread for.
    expect([...new Set(seen)]).toMatchObject(['one', 'two', 'three', 'four'].map(each))
    expect(queue.removed).toMatchObject([each('four')])
  })

  it('in its own load balancer', async () => {
    const seen: unknown[] = []
    const pool = open(MAKERS.createPool, {
      filename,
      loadBalancer(task, workers) {
        seen.push(task)
        return workers[0] ?? null
      },
    })
    const rank = { rank: 1 }
    await pool.run({ [Piscina.queueOptionsSymbol]: rank }, { name: 'named' })
    expect(seen).toMatchObject([{ ...shown, taskId: expect.any(Number), [Piscina.queueOptionsSymbol]: rank }])
  })

  it('in neither, where threads are replaced for tasks that wait', async () => {
    const seen: unknown[] = []
    const queue = new Shifting(seen)
    const pool = open(MAKERS.createPool, { filename, taskQueue: queue })
    const runs = [ended(() => pool.run(1, { name: 'exits' })), pool.run('second'), pool.run('third')]
    expect(await Promise.all(runs)).toMatchObject([{ threw: expect.anything() }, 'second', 'third'])
    expect(new Set(seen.map((task) => Reflect.get(Object(task), 'task')))).toEqual(new Set(['second', 'third']))
    expect(queue.removed).toEqual([])
  })

  it('in its options', async () => {
    const options = { filename, name: 'named', taskQueue: new ByRank([]), maxQueue: 7 }
    const pool = open(MAKERS.createPool, options)
    await pool.run(1)
    expect(pool.options).toMatchObject({ ...options, filename: fileURLToPath(filename) })
    expect(pool.options).not.toHaveProperty('loadBalancer')
  })

  it('and nothing that the prototype of all objects has', async () => {
    const polluted = { filename: 'no-such-file.js', name: 'missing', execArgv: ['--no-such-option'], transferList: 1 }
    for (const [key, value] of Object.entries(polluted)) {
      Reflect.defineProperty(Object.prototype, key, { value, configurable: true, writable: true })
    }
    try {
      const pool = reactor.createPool({ maxThreads: 1 })
      opened.push(pool)
      expect(pool.options.filename).toBe(null)
      await expect(pool.run(1)).rejects.toThrow('filename must be provided')
      expect(await pool.run('task', Object.assign(Object.create(null), { filename, name: 'default' }))).toBe('task')
    } finally {
      for (const key of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, key)
    }
  })
})

describe('the file of a pool of createPool may be a URL', () => {
  it('of the pool, or of a task', async () => {
    const pool = reactor.createPool({ filename: new URL(filename), maxThreads: 1 })
    opened.push(pool)
    expect(pool.options.filename).toBe(fileURLToPath(filename))
    expect(await pool.run('task')).toBe('task')
    expect(await pool.run('task', odd({ filename: new URL(filename), name: 'named' }))).toEqual({ named: 'task' })
  })

  it('of a file, and of nothing else', () => {
    expect(() => reactor.createPool({ filename: new URL('http://localhost/worker.js') })).toThrow('which is no file')
  })
})

type Queue = NonNullable<PoolOptions['taskQueue']>
type Queued = Parameters<Queue['push']>[0]

/** Hands out the task of the highest rank first. */
class ByRank implements Queue {
  readonly #seen: unknown[]
  readonly #tasks: Queued[] = []

  /** @param seen - To be told what each task says to the queue. */
  constructor(seen: unknown[]) {
    this.#seen = seen
  }

  get size(): number {
    return this.#tasks.length
  }

  push(task: Queued): void {
    this.#seen.push(optionsOf(task))
    this.#tasks.push(task)
    this.#tasks.sort((one, other) => rankOf(other) - rankOf(one))
  }

  shift(): Queued | null {
    return this.#tasks.shift() ?? null
  }

  remove(task: Queued): void {
    this.#tasks.splice(this.#tasks.indexOf(task), 1)
  }
}

function optionsOf(task: Queued): unknown {
  return Reflect.get(task, Piscina.queueOptionsSymbol)
}

function rankOf(task: Queued): number {
  return Number(Reflect.get(Object(optionsOf(task)), 'rank') ?? 0)
}

it('a thread keeps none of its results, though it never gets back to its loop', async () => {
  const pool = open(MAKERS.createPool, { filename })
  await pool.run(undefined, { name: 'big' })
  const before: number = await pool.run(undefined, { name: 'heapUsed' })
  for (let nth = 0; nth < 12; nth++) await pool.run(undefined, { name: 'big' })
  const after: number = await pool.run(undefined, { name: 'heapUsed' })
  expect(after - before).toBeLessThan(4_000_000)
})
/** Hands out the oldest task first. */
class Shifting implements Queue {
  readonly removed: Queued[] = []
  readonly #seen: unknown[]
  readonly #tasks: Queued[] = []

  /** @param seen - To be given each task. */
  constructor(seen: unknown[]) {
    this.#seen = seen
  }

  get size(): number {
    return this.#tasks.length
  }

  push(task: Queued): void {
    this.#seen.push(task)
    this.#tasks.push(task)
  }

  unshift(task: Queued): void {
    this.#tasks.unshift(task)
  }

  shift(): Queued | null {
    return this.#tasks.shift() ?? null
  }

  remove(task: Queued): void {
    const at = this.#tasks.indexOf(task)
    if (at < 0) return
    this.removed.push(...this.#tasks.splice(at, 1))
  }
}
