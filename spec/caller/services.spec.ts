import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { threadId } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { eventual, move, Reactor, type ReactorOptions, runInReactor, waitFor } from 'rx-crochet'
import { finalize, NEVER, of, VirtualTimeScheduler } from 'rxjs'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shutGate } from '../fixtures/modules/gate.js'
import { evaluations, notes } from '../fixtures/modules/record.js'
import * as shared from '../fixtures/modules/shared.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import type { Seen, SeenError } from '../fixtures/seen.js'
import type * as worker from '../fixtures/services-worker.js'
import type { CallTask } from '../fixtures/services-worker.js'
import { SharedPool } from '../fixtures/shared-pool.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const fixtures = new URL('../fixtures/', import.meta.url)
const filename = new URL('services-worker.js', fixtures).href
const sharedPool = new SharedPool({ filename })

const cleanups: (() => Promise<unknown>)[] = []
let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>

beforeEach(() => {
  evaluations.length = 0
  notes.length = 0
  log = new RecordedLog()
  ;({ reactor, run } = start())
})

afterEach(async () => {
  await sharedPool.release()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

afterAll(() => sharedPool.close())

/** Starts a reactor, which the thread calls from now on. */
function start(options: ReactorOptions = {}) {
  const reactor = new Reactor({ logger: log, ...options })
  cleanups.push(() => reactor.stop())
  return { reactor, run: tasksOf<typeof worker>(sharedPool.attachTo(reactor)) }
}

/** Starts a thread, which has loaded and defined nothing yet. */
function runInAnotherThread() {
  return tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1 }))
}

/** Restarts the reactor of all specs with other options. */
async function restart(options: ReactorOptions): Promise<void> {
  await sharedPool.release()
  await reactor.stop()
  ;({ reactor, run } = start(options))
}

function moduleUrl(path: string): string {
  return new URL(`modules/${path}`, fixtures).href
}

let freshModules = 0
/** The URL of a module that no other spec has had evaluated. */
function freshModuleUrl(path: string): string {
  freshModules += 1
  return moduleUrl(`${path}?name=${freshModules}`)
}

async function writeModule(source: string): Promise<{ url: string; rewrite: (source: string) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rx-crochet-module-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'module.mjs')
  await writeFile(path, source)
  return { url: pathToFileURL(path).href, rewrite: (changed) => writeFile(path, changed) }
}

async function thrownBy(task: CallTask): Promise<SeenError> {
  const ended = await run('call', task)
  expect(ended).toMatchObject({ threw: { class: expect.any(String) } })
  return (ended as { threw: SeenError }).threw // as was just checked
}

describe('a service of a name', () => {
  it.each(['blocking', 'eventual'] as const)('has its functions called by %s', async (verb) => {
    reactor.expose('dns', { lookup: (host: string) => of(`address of ${host}`) })
    const task = { verb, service: 'dns', name: 'lookup', args: ['example.org'] }
    expect(await run('call', task)).toStrictEqual({ returned: 'address of example.org' })
  })

  it('is not called by awaiting it, nor by returning it from an async function', async () => {
    let calls = 0
    reactor.expose('service', { fn: () => ++calls })
    expect(await run('awaitServices', undefined)).toEqual([true, true])
    // The first call is this one.
    expect(await run('call', { service: 'service', name: 'fn' })).toStrictEqual({ returned: 1 })
  })

  it.each([undefined, null, '', 5, {}, ['service']])('cannot be %j: that is a TypeError', async (service) => {
    const refused = { threw: { class: 'TypeError', message: expect.stringMatching(/a module's URL/) } }
    expect(await run('locate', service)).toMatchObject([refused, refused])
  })
})

describe('blocking()', () => {
  it('cancels a call that has no outcome in time, and throws TimeoutError, which names it', async () => {
    let teardowns = 0
    const tornDown = finalize(() => {
      teardowns += 1
    })
    reactor.expose('service', { never: () => NEVER.pipe(tornDown) })
    expect(await thrownBy({ service: 'service', name: 'never', timeout: 500 })).toMatchObject({
      class: 'TimeoutError',
      code: 'ERR_RX_CROCHET_TIMEOUT',
      message: expect.stringMatching(/service\.never.*within 500 ms.*cancelled/),
    })
    await until(() => teardowns > 0)
    expect({ teardowns, pending: reactor.pending() }).toEqual({ teardowns: 1, pending: [] })
  })

  it('gives the next call its own outcome, though that of the one that timed out comes late', async () => {
    let settle: (value: string) => void = () => undefined
    reactor.expose('service', {
      late: () =>
        new Promise((resolve) => {
          settle = resolve
        }),
      next: () => {
        settle('late')
        return 'next'
      },
    })
    const [late, next] = await run('callAll', [
      { service: 'service', name: 'late', timeout: 200 },
      { service: 'service', name: 'next' },
    ])
    expect(late).toMatchObject({ threw: { class: 'TimeoutError' } })
    expect(next).toStrictEqual({ returned: 'next' })
  })

  it('cancels at once with a timeout of 0, which leaves nothing behind', async () => {
    reactor.expose('service', { never: () => NEVER, next: () => 'next' })
    const [never, next] = await run('callAll', [
      { service: 'service', name: 'never', timeout: 0 },
      { service: 'service', name: 'next' },
    ])
    expect(never).toMatchObject({ threw: { class: 'TimeoutError' } })
    expect(next).toStrictEqual({ returned: 'next' })
    expect(reactor.pending()).toEqual([])
  })

  it('takes Infinity as a timeout', async () => {
    reactor.expose('service', { fn: () => 'value' })
    const task = { service: 'service', name: 'fn', timeout: Number.POSITIVE_INFINITY }
    expect(await run('call', task)).toStrictEqual({ returned: 'value' })
  })

  it.each<[unknown, string]>([
    [undefined, 'TypeError'],
    [null, 'TypeError'],
    ['service', 'TypeError'],
    [{}, 'TypeError'],
    [{ timeout: undefined }, 'TypeError'],
    [{ timeout: null }, 'TypeError'],
    [{ timeout: '1000' }, 'TypeError'],
    [{ timeout: Number.NaN }, 'RangeError'],
    [{ timeout: -1 }, 'RangeError'],
    [{ timeout: 1, connectTimeout: '1' }, 'TypeError'],
    [{ timeout: 1, connectTimeout: null }, 'TypeError'],
    [{ timeout: 1, connectTimeout: Number.NaN }, 'RangeError'],
    [{ timeout: 1, connectTimeout: -1 }, 'RangeError'],
  ])('refuses the options %j where it is defined, with %s', async (options, expected) => {
    expect(await run('defineBlocking', options)).toMatchObject({ threw: { class: expected } })
  })
})

describe("a module's service", () => {
  const withState = moduleUrl('with-state.js')

  it.each(['blocking', 'eventual'] as const)('has its exported functions called by %s', async (verb) => {
    const url = freshModuleUrl('with-state.js')
    const task = { verb, service: url, isModule: true, name: 'increment', args: [5] }
    expect(await run('call', task)).toStrictEqual({ returned: 5 })
  })

  it("runs in the reactor's thread", async () => {
    const { here, there } = await run('whereModuleRuns', withState)
    expect(there).toBe(threadId)
    expect(there).not.toBe(here)
  })

  it('is never imported by the calling thread', async () => {
    const [called, imported] = [freshModuleUrl('behind-gate.js'), freshModuleUrl('behind-gate.js')]
    expect(await runInAnotherThread()('callThenImport', { called, imported })).toEqual([imported])
    expect(evaluations).toEqual([called])
  })

  it('keeps its state in the reactor, across calls and threads', async () => {
    const url = freshModuleUrl('with-state.js')
    const task: CallTask = { service: url, isModule: true, name: 'increment' }
    expect(await run('callAll', [task, task])).toStrictEqual([{ returned: 1 }, { returned: 2 }])
    expect(await runInAnotherThread()('call', task)).toStrictEqual({ returned: 3 })
  })

  it('is the very module that the reactor imports itself', async () => {
    const url = freshModuleUrl('with-state.js')
    const { increment } = await import(url)
    increment(10)
    expect(await run('call', { service: url, isModule: true, name: 'increment' })).toStrictEqual({ returned: 11 })
  })

  it('is imported on first use', async () => {
    const url = freshModuleUrl('behind-gate.js')
    await run('makeServices', url)
    expect(evaluations).toEqual([])
    await run('noteAll', { url, count: 1 })
    expect(evaluations).toEqual([url])
  })

  it('is imported once, though many calls wait for it', async () => {
    const url = freshModuleUrl('behind-gate.js')
    const open = shutGate()
    const noted = run('noteAll', { url, count: 100 })
    await until(() => reactor.pending().length === 100)
    expect(notes).toEqual([])
    open()
    await noted
    expect(evaluations).toEqual([url])
    expect(notes).toEqual(Array.from({ length: 100 }, (_, index) => index))
  })

  it('has calls start in the order made, also those that were made while it was imported', async () => {
    const scheduler = new VirtualTimeScheduler()
    await restart({ scheduler })
    const url = freshModuleUrl('behind-gate.js')
    const open = shutGate()
    await run('noteWithoutWaiting', { url, what: 'first' })
    await until(() => scheduler.actions.length === 1)
    // The first call has the module imported.
    scheduler.flush()
    await until(() => evaluations.length === 1)
    // The second one comes before the import is done, and has its turn after that.
    await run('noteWithoutWaiting', { url, what: 'second' })
    await until(() => scheduler.actions.length === 1)
    open()
    await until(() => scheduler.actions.length === 2 || notes.length === 1)
    await until(() => {
      scheduler.flush()
      return notes.length === 2
    })
    expect(notes).toEqual(['first', 'second'])
  })

  it("has calls start on the reactor's scheduler, also those that have waited for the import", async () => {
    const scheduler = new VirtualTimeScheduler()
    await restart({ scheduler })
    const url = freshModuleUrl('behind-gate.js')
    const open = shutGate()
    await run('noteWithoutWaiting', { url, what: 'first' })
    await until(() => scheduler.actions.length === 1)
    scheduler.flush()
    await until(() => evaluations.length === 1)
    open()
    await until(() => scheduler.actions.length === 1 || notes.length === 1)
    expect(notes).toEqual([])
    scheduler.flush()
    expect(notes).toEqual(['first'])
  })

  it('is not found by its path, as that is a string; the error says to name it by a URL', async () => {
    const error = await thrownBy({ service: './with-state.js', name: 'increment' })
    expect(error).toMatchObject({
      class: 'UnknownFunctionError',
      message: expect.stringMatching(
        /^No service named `\.\/with-state\.js` is exposed.* and a module is named by a URL$/,
      ),
    })
  })

  it('ends a call of what it does not export with UnknownFunctionError, with the names that are there', async () => {
    const error = await thrownBy({ service: withState, isModule: true, name: 'decrement' })
    expect(error).toMatchObject({
      class: 'UnknownFunctionError',
      message: expect.stringMatching(/with-state\.js has no function `decrement`.*`increment`, `where`$/),
    })
  })

  it.each(['notAFunction', 'default'])('ends a call of %s with UnknownFunctionError', async (name) => {
    expect(await thrownBy({ service: withState, isModule: true, name })).toMatchObject({
      class: 'UnknownFunctionError',
    })
  })
})

describe('a module that fails to import', () => {
  it.each<[string, () => Promise<string>, object]>([
    ['it is missing', async () => moduleUrl('missing.js'), { class: 'Error', code: 'ERR_MODULE_NOT_FOUND' }],
    ['its syntax is wrong', async () => (await writeModule('export const =')).url, { class: 'SyntaxError' }],
    ['it throws', async () => moduleUrl('failing-always.js'), { class: 'RangeError', code: 'E_NEVER' }],
    [
      'a dependency throws',
      async () => moduleUrl('with-failing-dependency.js'),
      { class: 'RangeError', code: 'E_NEVER' },
    ],
    [
      'a dependency is missing',
      async () => (await writeModule("import './none.mjs'")).url,
      { code: 'ERR_MODULE_NOT_FOUND' },
    ],
    ['it throws undefined', async () => (await writeModule('throw undefined')).url, {}],
    ['it throws what has no text', async () => (await writeModule('throw Object.create(null)')).url, {}],
  ])("ends each call with ModuleImportError, with the import's own error as `cause`: %s", async (_, locate, cause) => {
    const url = await locate()
    const task: CallTask = { service: url, isModule: true, name: 'answer' }
    const expected = {
      threw: {
        class: 'ModuleImportError',
        code: 'ERR_RX_CROCHET_MODULE_IMPORT',
        message: expect.stringContaining(url),
        properties: Object.keys(cause).length > 0 ? { cause } : {},
      },
    }
    expect(await run('callAll', [task, task, task])).toMatchObject([expected, expected, expected])
  })

  const answer = (url: string): CallTask => ({ service: url, isModule: true, name: 'answer' })

  it('is imported again by the next call, which may succeed', async () => {
    const task = answer(freshModuleUrl('failing-at-first.js'))
    expect(await run('callAll', [task, task, task])).toMatchObject([
      { threw: { class: 'ModuleImportError', properties: { cause: { class: 'RangeError', code: 'E_NOT_YET' } } } },
      { returned: 'at last' },
      { returned: 'at last' },
    ])
    expect(evaluations).toHaveLength(2)
  })

  it.each(['?a=1', '#part', '?a=1#part'])('is imported again by the next call, if its URL ends in %s', async (end) => {
    const { url, rewrite } = await writeModule('throw new Error()')
    expect(await thrownBy(answer(url + end))).toMatchObject({ class: 'ModuleImportError' })
    await rewrite('export const answer = () => 42')
    expect(await run('call', answer(url + end))).toStrictEqual({ returned: 42 })
  })

  it('is imported again by the next call, if its syntax was mended meanwhile', async () => {
    const { url, rewrite } = await writeModule('export const =')
    expect(await thrownBy(answer(url))).toMatchObject({ class: 'ModuleImportError' })
    await rewrite('export const answer = () => 42')
    expect(await run('call', answer(url))).toStrictEqual({ returned: 42 })
  })

  it('is imported again by the next call, if that is for another reactor', async () => {
    const task = answer(freshModuleUrl('failing-at-first.js'))
    expect(await thrownBy(task)).toMatchObject({ class: 'ModuleImportError' })
    await restart({})
    expect(await run('call', task)).toStrictEqual({ returned: 'at last' })
  })

  it('does not harm calls of other modules', async () => {
    const fine: CallTask = { service: freshModuleUrl('with-state.js'), isModule: true, name: 'increment' }
    const [, second] = await run('callAll', [answer(moduleUrl('missing.js')), fine])
    expect(second).toStrictEqual({ returned: 1 })
  })
})

describe.each([
  { what: "a module's service", path: 'behind-gate.js', isShared: false },
  { what: 'a function of a shared module', path: 'shared-behind-gate.js', isShared: true },
])('$what, whose import does not end,', ({ path, isShared }) => {
  /** A call that waits for an attempt. */
  interface Waiting {
    readonly outcome: Promise<Seen>
    /** Lets that attempt succeed, or fail. */
    readonly open: ReturnType<typeof shutGate>
    giveUp(): Promise<void>
  }

  const threeThreads = new SharedPool({ filename, maxThreads: 3 })
  let url: string
  let pool: Piscina

  beforeEach(() => {
    url = freshModuleUrl(path)
    pool = threeThreads.attachTo(reactor)
  })
  afterEach(() => threeThreads.release())
  afterAll(() => threeThreads.close())

  /** Makes a call, which waits; it may begin an attempt, which then waits at the gate. */
  async function call(attempts: number): Promise<Waiting> {
    const open = shutGate()
    const calls = reactor.pending().length
    const aborter = new AbortController()
    const outcome: Promise<Seen> = pool.run({ url, isShared }, { name: 'evaluatedAs', signal: aborter.signal })
    await until(() => reactor.pending().length === calls + 1 && evaluations.length >= attempts)
    expect(evaluations).toHaveLength(attempts)
    const giveUp = async (): Promise<void> => {
      const left = reactor.pending().length - 1
      aborter.abort()
      await expect(outcome).rejects.toThrow()
      await until(() => reactor.pending().length === left)
    }
    return { outcome, open, giveUp }
  }

  /** The module as it is for whoever calls it now. */
  const evaluatedAs = (): Promise<Seen> => pool.run({ url, isShared }, { name: 'evaluatedAs' })

  it('is joined by the next call, as long as somebody waits', async () => {
    const first = await call(1)
    const second = await call(1)
    await first.giveUp()
    const third = await call(1)
    first.open()
    expect(await Promise.all([second.outcome, third.outcome])).toEqual([{ returned: url }, { returned: url }])
  })

  it('is imported again by the next call, when all have given up', async () => {
    const first = await call(1)
    await first.giveUp()
    const second = await call(2)
    second.open()
    expect(await second.outcome).toEqual({ returned: evaluations[1] })
    // What the other brings when it is late counts no more.
    first.open()
    await import(url)
    expect(await evaluatedAs()).toEqual({ returned: evaluations[1] })
    expect(evaluations).toHaveLength(2)
  })

  it('is there for who waits for another import, if it ends before that', async () => {
    const first = await call(1)
    await first.giveUp()
    const second = await call(2)
    first.open()
    expect(await second.outcome).toEqual({ returned: url })
    second.open()
    await import(evaluations[1] ?? '')
    expect(await evaluatedAs()).toEqual({ returned: url })
    expect(evaluations).toHaveLength(2)
  })

  it('disturbs nobody who waits for another import, if it fails in the end', async () => {
    const first = await call(1)
    await first.giveUp()
    const second = await call(2)
    first.open(Promise.reject(new Error('in the end')))
    await expect(import(url)).rejects.toThrow('in the end')
    const third = await call(2)
    second.open()
    expect(await Promise.all([second.outcome, third.outcome])).toEqual([1, 2].map(() => ({ returned: evaluations[1] })))
  })

  it('is imported once more, if another import of it fails', async () => {
    const first = await call(1)
    await first.giveUp()
    const second = await call(2)
    second.open(Promise.reject(new Error('not yet')))
    expect(await second.outcome).toMatchObject({ threw: { class: 'ModuleImportError' } })
    const third = await call(3)
    third.open()
    expect(await third.outcome).toEqual({ returned: evaluations[2] })
  })
})

describe('options.allowModule', () => {
  it('is asked for the URL, and refuses by anything but true', async () => {
    const asked: unknown[] = []
    await restart({
      allowModule: (url) => {
        asked.push(url)
        return false
      },
    })
    const url = freshModuleUrl('behind-gate.js')
    expect(await thrownBy({ service: url, isModule: true, name: 'note' })).toMatchObject({
      class: 'ModuleNotAllowedError',
      code: 'ERR_RX_CROCHET_MODULE_NOT_ALLOWED',
      message: expect.stringMatching(/behind-gate\.js.*`allowModule`/),
    })
    expect(asked).toEqual([new URL(url)])
    expect(evaluations).toEqual([])
  })

  it('has its own error end the call, if it throws', async () => {
    await restart({
      allowModule: () => {
        throw new RangeError('cannot tell')
      },
    })
    const task = { service: moduleUrl('with-state.js'), isModule: true, name: 'where' }
    expect(await thrownBy(task)).toMatchObject({ class: 'RangeError', message: 'cannot tell' })
  })

  it.each(['node:fs', 'data:text/javascript,export const readFileSync=()=>1', 'https://example.org/module.js'])(
    'refuses what is no file, if it is not given: %s',
    async (url) => {
      const task = { service: url, isModule: true, name: 'readFileSync', args: ['/etc/passwd'] }
      expect(await thrownBy(task)).toMatchObject({ class: 'ModuleNotAllowedError' })
    },
  )

  it('may allow what is no file', async () => {
    await restart({ allowModule: ({ protocol }) => protocol === 'data:' })
    const url = 'data:text/javascript,export const answer = () => 42'
    expect(await run('call', { service: url, isModule: true, name: 'answer' })).toStrictEqual({ returned: 42 })
  })

  it('may be a list of what URLs begin with, in place of `file:`', async () => {
    await restart({ allowModule: ['node:url'] })
    const task = { service: 'node:url', isModule: true, name: 'domainToASCII', args: ['ö.example'] }
    expect(await run('call', task)).toStrictEqual({ returned: 'xn--nda.example' })
    expect(await thrownBy({ service: moduleUrl('with-state.js'), isModule: true, name: 'where' })).toMatchObject({
      class: 'ModuleNotAllowedError',
      message: expect.stringMatching(
        /let `allowModule` of new Reactor\(\) have what its URL begins with: `allowModule: \['node:url', 'file:.*with-state\.js'\]`$/,
      ),
    })
  })

  it('is asked for shared modules too', async () => {
    await restart({ allowModule: () => false })
    const ends = await run('callShared', { url: freshModuleUrl('shared.js'), calls: [['where']] })
    expect(ends).toMatchObject([{ threw: { class: 'ModuleNotAllowedError' } }])
  })
})

describe('a function of a shared module', () => {
  const url = moduleUrl('shared.js')

  it.each([
    ['waitFor', 'where'],
    ['runInReactor', 'whereEventually'],
  ])('runs in the reactor, called by a thread: %s', async (_, name) => {
    expect(await run('callShared', { url, calls: [[name]] })).toStrictEqual([{ returned: threadId }])
  })

  it('runs in the reactor, though only the calling thread had imported its module', async () => {
    const calls: [string][] = [['where']]
    expect(await run('callShared', { url: freshModuleUrl('shared.js'), calls })).toStrictEqual([{ returned: threadId }])
  })

  it('is given its arguments, and gives its value or failure', async () => {
    const [sum, failure] = await run('callShared', {
      url,
      calls: [
        ['add', 2, 3],
        ['fail', 'out of range'],
      ],
    })
    expect(sum).toStrictEqual({ returned: 5 })
    expect(failure).toMatchObject({ threw: { class: 'RangeError', message: 'out of range' } })
  })

  it('is cancelled when its timeout passes, and throws TimeoutError, which names it', async () => {
    const ends = await run('callShared', { url, calls: [['never'], ['where']] })
    const message = expect.stringMatching(/shared\.js#never.*within 50 ms.*cancelled/)
    expect(ends).toMatchObject([{ threw: { class: 'TimeoutError', message } }, { returned: threadId }])
    expect(reactor.pending()).toEqual([])
  })

  it('takes a `defaultValue`, where it is defined', async () => {
    expect(await run('callShared', { url, calls: [['emptyWithDefault'], ['emptyEventually']] })).toStrictEqual([
      { returned: undefined },
      { returned: 'nothing' },
    ])
  })

  it("ends with UnknownFunctionError, if the reactor's copy of the module does not define it", async () => {
    const [ended] = await run('callShared', { url, calls: [['onlyInThreads']] })
    expect(ended).toMatchObject({
      threw: {
        class: 'UnknownFunctionError',
        message: expect.stringMatching(/`onlyInThreads`.*it defines: `where`, `add`/),
      },
    })
  })

  it('is not called before its module is imported to the end, nor out of turn', async () => {
    const gated = freshModuleUrl('shared-behind-gate.js')
    const open = shutGate()
    const first = run('noteShared', { url: gated, what: 'first' })
    // The import is under way, so the function is defined; what it needs is not.
    await until(() => evaluations.includes(gated))
    let ended = false
    const second = runInAnotherThread()('noteShared', { url: gated, what: 'second' }).finally(() => {
      ended = true
    })
    await until(() => ended || reactor.pending().length === 2)
    open()
    expect(await Promise.all([first, second])).toStrictEqual([{ returned: 'ready' }, { returned: 'ready' }])
    expect(notes).toEqual(['first', 'second'])
  })

  it('is not called in a module that failed to import; the next call imports it again', async () => {
    const calls: [string][] = [['answer'], ['answer'], ['answer']]
    expect(await run('callShared', { url: moduleUrl('shared-failing-at-first.js'), calls })).toMatchObject([
      { threw: { class: 'ModuleImportError', properties: { cause: { class: 'RangeError', message: 'not yet' } } } },
      { returned: 'at last' },
      { returned: 'at last' },
    ])
  })

  it.each([
    ['runInReactor', shared.whereEventually, 'whereEventually', 0],
    ['waitFor', shared.add, 'add', 2],
  ])("keeps the function's name and length: %s", (_, wrapper, name, length) => {
    expect([wrapper.name, wrapper.length]).toEqual([name, length])
  })

  it('has the function itself as `.wrapped`', async () => {
    expect(await shared.add.wrapped(2, 3)).toBe(5)
    expect(() => shared.fail.wrapped('direct')).toThrow(new RangeError('direct'))
  })

  it('is DefinitionError where it is defined, if it has no name or its module has one of that name', async () => {
    const refused = (text: RegExp) => ({
      threw: { class: 'DefinitionError', code: 'ERR_RX_CROCHET_DEFINITION', message: expect.stringMatching(text) },
    })
    const fine = { returned: undefined }
    expect(await runInAnotherThread()('defineBadly', undefined)).toMatchObject({
      arrow: refused(/made-up\.js has no name/),
      anonymous: refused(/made-up\.js has no name/),
      first: fine,
      second: refused(/`twice` is defined twice in file:\/\/\/made-up\.js/),
      otherVerb: refused(/`twice` is defined twice/),
      otherModule: fine,
    })
  })

  const fine = function fine() {}

  it.each<[string, unknown[], string]>([
    ['no options', [import.meta, fine], 'TypeError'],
    ['no timeout', [import.meta, {}, fine], 'TypeError'],
    ['a timeout that is no number', [import.meta, { timeout: '1000' }, fine], 'TypeError'],
    ['a timeout that is NaN', [import.meta, { timeout: Number.NaN }, fine], 'RangeError'],
    ['a timeout below 0', [import.meta, { timeout: -1 }, fine], 'RangeError'],
    ['no function', [import.meta, { timeout: 1 }], 'TypeError'],
    ['no `import.meta`', [{}, { timeout: 1 }, fine], 'TypeError'],
  ])('is refused by waitFor where it is defined, with %s', (_, args, expected) => {
    expect(() => Reflect.apply(waitFor, undefined, args)).toThrow(expect.objectContaining({ name: expected }))
  })

  it.each<[string, unknown[]]>([
    ['no function', [import.meta]],
    ['options that are none', [import.meta, null, fine]],
    ['no `import.meta`', [undefined, fine]],
  ])('is refused by runInReactor where it is defined, with %s', (_, args) => {
    expect(() => Reflect.apply(runInReactor, undefined, args)).toThrow(TypeError)
  })

  it('is refused with the name of its file, as CommonJS has it, and a word of what that can do instead', () => {
    const define = () => Reflect.apply(waitFor, undefined, ['/app/rates.cjs', { timeout: 1 }, fine])
    expect(define).toThrow(
      /given `'\/app\/rates\.cjs'`; a CommonJS module has none, so let `blocking` or `eventual` name it/,
    )
  })
})

describe("a function of a shared module, called in the reactor's own thread", () => {
  it('runs there: runInReactor', async () => {
    expect(await shared.whereEventually().asPromise()).toBe(threadId)
    await expect(shared.fail('here').asPromise()).rejects.toThrow(new RangeError('here'))
  })

  it('is refused at once: waitFor', () => {
    expect(() => shared.where()).toThrow(
      expect.objectContaining({
        name: 'ReactorThreadError',
        code: 'ERR_RX_CROCHET_REACTOR_THREAD',
        message: expect.stringMatching(/shared\.js#where.*asPromise\(\).*\.wrapped/),
      }),
    )
    expect(reactor.pending()).toEqual([])
  })

  it('runs on the oldest reactor that has not stopped', async () => {
    await sharedPool.release()
    const younger = start().reactor
    const first = shared.whereEventually()
    expect([reactor.pending().length, younger.pending().length]).toEqual([1, 0])
    await first.asPromise()
    await reactor.stop()
    const second = shared.whereEventually()
    expect(younger.pending()).toMatchObject([{ function: 'shared.js#whereEventually', thread: threadId }])
    expect(await second.asPromise()).toBe(threadId)
  })

  it('ends with ReactorStopped, when the last reactor has stopped', async () => {
    await reactor.stop()
    const result = shared.whereEventually()
    expect(result.settled).toBe(true)
    await expect(result.asPromise()).rejects.toThrow(
      expect.objectContaining({ name: 'ReactorStopped', code: 'ERR_RX_CROCHET_REACTOR_STOPPED' }),
    )
  })

  it('is refused while the last reactor is stopping, and then ends with ReactorStopped: waitFor', async () => {
    const stopped = reactor.stop()
    expect(() => shared.where()).toThrow(
      expect.objectContaining({ name: 'ReactorThreadError', message: expect.stringContaining('is stopping') }),
    )
    await stopped
    expect(() => shared.where()).toThrow(
      expect.objectContaining({ name: 'ReactorStopped', message: expect.stringContaining('had stopped') }),
    )
  })
})

describe("a service, called in the reactor's own thread", () => {
  it('has its functions run there', async () => {
    reactor.expose('service', { where: () => of(threadId) })
    expect(await eventual<{ where(): number }>('service').where().asPromise()).toBe(threadId)
  })

  it('has a module imported there', async () => {
    const url = new URL(freshModuleUrl('with-state.js'))
    expect(await eventual<{ increment(): number }>(url).increment().asPromise()).toBe(1)
  })

  it('is given the value that was moved, not a mark that stands for it', async () => {
    const received: unknown[] = []
    reactor.expose('service', { fn: (value: unknown) => received.push(value) })
    await eventual<{ fn(value: unknown): number }>('service')
      .fn(move(Uint8Array.of(1, 2)))
      .asPromise()
    expect(received).toStrictEqual([Uint8Array.of(1, 2)])
  })

  it('gives the value that was moved, not a mark that stands for it', async () => {
    reactor.expose('service', { fn: () => move(Uint8Array.of(1, 2)) })
    const result = eventual<{ fn(): Uint8Array }>('service').fn()
    expect(await result.asPromise()).toStrictEqual(Uint8Array.of(1, 2))
  })
})

describe('a main thread without a reactor', () => {
  it('is told so by NotSetUpError, whatever it calls, and may not wait', async () => {
    const { stdout } = await runProgram('without-reactor.js')
    const refused = {
      threw: {
        class: 'NotSetUpError',
        code: 'ERR_RX_CROCHET_NOT_SET_UP',
        message: expect.stringMatching(/main thread/),
      },
    }
    expect(JSON.parse(stdout)).toMatchObject({
      canWait: false,
      eventual: refused,
      blocking: refused,
      runInReactor: refused,
      waitFor: refused,
    })
  })

  it('starts nothing by importing both entries, and ends by itself', async () => {
    const { stdout, stderr } = await runProgram('imports-only.js')
    const { started, listened }: Record<'started' | 'listened', string[]> = JSON.parse(stdout)
    expect({ started, listened, stderr }).toEqual({ started: [], listened: [], stderr: '' })
  })

  /** Fails if the program does not end with status 0. */
  function runProgram(name: string): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(process.execPath, [fileURLToPath(new URL(`programs/${name}`, fixtures))])
  }
})
