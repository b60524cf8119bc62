import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { blocking, type EventualResult, eventual, Reactor, RxCrochetError } from 'rx-crochet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CallSite, showBothStacks, showSite } from '../../lib/caller/traceback.js'
import { service } from '../fixtures/failures-stacks-service.js'
import type * as worker from '../fixtures/failures-stacks-worker.js'
import type { OddStacks, Own, Way } from '../fixtures/failures-stacks-worker.js'
import { newFlag } from '../fixtures/flag.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/failures-stacks-worker.js', import.meta.url).href
const program = fileURLToPath(new URL('../fixtures/failures-stacks-program.js', import.meta.url))

/** This package's own folders: compiled, and as source maps name them. */
const OURS = /\/dist\/lib\/|(?<!dist)\/lib\/(caller|protocol|reactor|pool)\//
const MARK = /^ {4}---- (.+), called by thread (\d+) ----$/

let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>

beforeEach(() => {
  reactor = new Reactor({ logger: new RecordedLog() })
  reactor.expose('service', service)
  run = tasksOf<typeof worker>(reactor.createPool({ filename, maxThreads: 1 }))
})
afterEach(() => reactor.stop())

/** The parts of a stack, once it is seen to have just these. */
function partsOf(stack: string) {
  const lines = stack.split('\n')
  const marks = lines.filter((line) => MARK.test(line))
  expect(marks, stack).toHaveLength(1)
  const at = lines.findIndex((line) => MARK.test(line))
  const heading = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('    at ')),
  )
  expect(
    lines.filter((line) => OURS.test(line)),
    'frames of this package',
  ).toEqual([])
  const [, name, thread] = MARK.exec(lines[at] ?? '') ?? []
  return {
    heading: heading.join('\n'),
    above: lines.slice(heading.length, at),
    name,
    thread,
    below: lines.slice(at + 1),
  }
}

/** The functions that frames name, of those that are the spec's. */
function named(frames: readonly string[]): string[] {
  return frames.flatMap(
    (line) => /at (?:async )?(?:Object\.)?(reactor\w+|thread\w+|shared\w+|task\w+|failing)\b/.exec(line)?.[1] ?? [],
  )
}

function expectFrames(lines: readonly string[]): void {
  expect(lines).not.toEqual([])
  for (const line of lines) expect(line).toMatch(/^ {4}at .+/)
}

describe("a failure's stack shows where it arose, then who called what, then where the thread waited", () => {
  it.each<Way>(['wait', 'wait for what is there', 'a poll for what is there', 'blocking', 'originalFailure'])(
    'with %s',
    async (way) => {
      const { heading, above, name, thread, below } = partsOf(await run('stackOf', { way }))
      expect(heading).toBe('RangeError: why')
      expect(named(above)).toEqual(['reactorInner', 'reactorOuter'])
      expect(above[0]).toMatch(/failures-stacks-service/)
      expect(name).toBe('service.throws')
      expect(Number(thread)).toBeGreaterThan(0)
      expect(named(below)).toEqual(['threadInner', 'threadOuter'])
      expect(below[0], 'what called this package').toMatch(/failures-stacks-worker/)
      expectFrames(above)
      expectFrames(below)
    },
  )

  it('with waitFor', async () => {
    const { above, name, below } = partsOf(await run('stackOf', { way: 'waitFor' }))
    expect(named(above)).toEqual(['sharedFailing'])
    expect(name).toMatch(/sharedFailing/)
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
  })

  it('with runInReactor', async () => {
    const { above, name, below } = partsOf(await run('stackOfRunInReactor', undefined))
    expect(named(above)).toEqual(['failing'])
    expect(name).toMatch(/failing/)
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
  })

  it('with asPromise(), whose caller it was', async () => {
    const { above, below } = partsOf(await run('stackOfPromise', 'throws'))
    expect(named(above)).toEqual(['reactorInner', 'reactorOuter'])
    expect(named(below)).toEqual(['threadInner'])
  })

  it.each(['throws', 'rejects', 'emitsError'] as const)('of a function that %s', async (name) => {
    const parts = partsOf(await run('stackOf', { way: 'blocking', name }))
    expect(named(parts.above)).toEqual(['reactorInner', 'reactorOuter'])
    expect(parts.name).toBe(`service.${name}`)
  })

  it('of a DOMException', async () => {
    const { above, below } = partsOf(await run('stackOfAbort', undefined))
    expect(named(above)).toEqual(['reactorAborting'])
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
  })

  it('below a message of several lines', async () => {
    const message = 'first\nsecond: third\n'
    const { heading, above, below } = partsOf(await run('stackOf', { way: 'wait', message }))
    expect(heading).toBe(`RangeError: ${message}`)
    expect(named(above)).toEqual(['reactorInner', 'reactorOuter'])
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
  })

  it("of this package's own errors that the reactor makes", async () => {
    for (const own of [
      'EmptyError, of blocking',
      'EmptyError, of wait()',
      'UnknownFunctionError, of blocking',
    ] as const) {
      const stack = await run('stackOfOwn', own)
      expect(stack).not.toMatch(OURS)
      const { name, below } = partsOf(stack)
      expect(name).toMatch(/^service\./)
      expect(named(below)).toEqual(['threadInner', 'threadOuter'])
    }
  })

  it('of a value that could not be cloned', async () => {
    const { below } = partsOf(await run('stackOfOwn', 'ResultNotCloneableError, of blocking'))
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
  })
})

describe("the stack of an error that the thread's side makes shows where the application waited", () => {
  /** The frames, once it is seen that there is but the heading above them. */
  function framesOf(stack: string): string[] {
    expect(stack).not.toMatch(OURS)
    const [heading, ...frames] = stack.split('\n')
    expect(heading).toMatch(/^\w+: ./)
    expectFrames(frames)
    return frames
  }

  it.each<Own>([
    'CancelledError, of wait()',
    'TimeoutError, of wait()',
    'TimeoutError, of a poll',
    'TimeoutError, of blocking',
    'TimeoutError, of waitFor',
    'DefinitionError, of runInReactor',
    'DefinitionError, of registerError',
  ])('%s', async (own) => {
    const stack = await run('stackOfOwn', own)
    expect(stack).toMatch(new RegExp(`^${own.split(',')[0]}: `))
    const frames = framesOf(stack)
    expect(named(frames)).toEqual(['threadInner', 'threadOuter'])
    expect(frames[0], 'what called this package').toMatch(/failures-stacks-worker/)
    expect(stack, 'where it was cancelled').not.toContain('cancelledElsewhere')
  })

  it.each<Own>(['ArgumentNotCloneableError, of blocking', 'ArgumentNotCloneableError, of eventual'])(
    '%s, of which Node tells but some frames, and most of them are those of this package',
    async (own) => {
      const frames = framesOf(await run('stackOfOwn', own))
      expect(named(frames)[0]).toBe('threadInner')
      expect(frames[0], 'what called this package').toMatch(/failures-stacks-worker/)
    },
  )

  it.each(['wait', 'blocking'] as const)('ReactorStopped, of %s', async (way) => {
    const begun = newFlag()
    const stack = run('stackOfStop', { begun, way })
    await until(() => reactor.pending().some(({ waiting }) => waiting))
    await reactor.stop()
    expect(await stack).toMatch(/^ReactorStopped: /)
    expect(named(framesOf(await stack))).toEqual(['threadInner', 'threadOuter'])
  })
})

describe('each wait', () => {
  it('throws a copy of its own: what is done to one shows in no other, and nothing piles up', async () => {
    const seen = await run('stacksOfWaits', undefined)
    expect(seen).toHaveLength(3)
    for (const { stack, ...others } of seen) {
      expect(others).toEqual({ message: 'why', code: 'E_WHY', cause: 'deeper', extra: undefined })
      expect(named(partsOf(stack).below)).toEqual(['threadInner'])
    }
    expect(new Set(seen.map(({ stack }) => stack)).size, 'they were thrown at the same place').toBe(1)
  })

  it('throws an error in whose stack shows what was added to its message before that was looked at', () => {
    const wait = (): Error => showSite(new RangeError('why'), new CallSite(wait))
    const here = wait()
    here.message += ', and more'
    expect(here.stack).toMatch(/^RangeError: why, and more\n/)
    const there = showBothStacks(new RangeError('why'), 'service.fails', new CallSite(wait)) as Error // as it was given
    there.message += ', and more'
    expect(there.stack).toMatch(/^RangeError: why, and more\n[\s\S]*---- service\.fails/)
  })

  it('throws an error whose stack may be replaced, before or after it was read', () => {
    for (const isRead of [false, true]) {
      const wait = (): Error => showSite(new RangeError('why'), new CallSite(wait))
      const error = wait()
      if (isRead) expect(error.stack).toMatch(/^RangeError: why\n/)
      error.stack = 'mine'
      expect(error.stack).toBe('mine')
      expect(Object.keys(error)).toEqual([])
    }
  })

  it.each<[OddStacks, failure: RegExp, own: RegExp]>([
    [
      'no frames',
      /^RangeError: why\n {4}at reactorInner[\s\S]*\n {4}---- service\.throws, called by .* ----$/,
      /^TimeoutError: .*$/,
    ],
    [
      'no stacks',
      /^RangeError: why\n {4}at reactorInner[\s\S]*\n {4}---- service\.throws, called by .* ----$/,
      /^TimeoutError: .*$/,
    ],
    ['stacks that are no texts', /^RangeError: why\n {4}at reactorInner[\s\S]* ----$/, /^TimeoutError: .*$/],
    ['stacks that fail to be made', /^RangeError: why\n {4}at reactorInner[\s\S]* ----$/, /^TimeoutError: .*$/],
  ])('throws what it has to, though the application has set that there are %s', async (odd, failure, own) => {
    const thrown = await run('thrownWithOddStacks', odd)
    expect(thrown).toEqual({
      failure: { name: 'RangeError', message: 'why', stack: expect.stringMatching(failure) },
      own: { name: 'TimeoutError', message: expect.any(String), stack: expect.stringMatching(own) },
    })
  })
})

describe('getTraceback()', () => {
  it('has both stacks, and that of the cause', async () => {
    const shown = (await run('traceback', undefined)) ?? ''
    expect(shown).toMatch(
      /RangeError: why[\s\S]*reactorInner[\s\S]*service\.throws, called by thread \d+[\s\S]*threadInner/,
    )
    expect(shown).toMatch(/\[cause\]: TypeError: deeper\n.*reactorInner/)
    expect(shown).toContain("code: 'E_WHY'")
    expect(shown).not.toMatch(OURS)
  })
})

describe("a task's failure", () => {
  it("shows the thread's frames, and none of this package", async () => {
    const error = await failure(run('taskInner', 'why'))
    expect(named(String(error.stack).split('\n'))).toEqual(['taskInner'])
    expect(error.stack).toMatch(/^RangeError: why\n {4}at taskInner /)
    expect(error.stack).not.toMatch(OURS)
  })

  it('shows both stacks, if it is that of a call', async () => {
    const { above, below } = partsOf(String((await failure(run('letsThrough', 'why'))).stack))
    expect(named(above)).toEqual(['reactorInner', 'reactorOuter'])
    expect(named(below)).toEqual(['threadInner'])
  })

  function failure(running: Promise<unknown>): Promise<Error> {
    return running.then(
      () => new Error('It did not fail'),
      (error: Error) => error,
    )
  }
})

describe('a frame of this package', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'a folder with spaces and ü '))
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** As it is in an application that has this package in a folder of such a name. */
  async function withoutOurFrames(stack: string): Promise<string> {
    const file = join(folder, 'dist/lib/protocol/frames.js')
    for (const name of ['frames.js', 'own-file.js']) {
      await cp(fileURLToPath(new URL(`../../lib/protocol/${name}`, import.meta.url)), join(dirname(file), name))
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const frames: typeof import('../../lib/protocol/frames.js') = await import(pathToFileURL(file).href)
    return frames.withoutOurFrames(stack)
  }

  it('is known by its URL and by its path, compiled and mapped to its source, whatever its folder is called', async () => {
    const ours = ['dist/lib/caller/call.js', 'lib/caller/call.ts'].map((file) => join(folder, file))
    const theirs = join(folder, 'dist/main.js')
    const frames = (files: readonly string[]) =>
      files.flatMap((file) => [`    at fn (${file}:1:2)`, `    at async fn (${pathToFileURL(file)}:1:2)`])
    const stack = ['Error: why', ...frames(ours), ...frames([theirs])].join('\n')
    expect(await withoutOurFrames(stack)).toBe(['Error: why', ...frames([theirs])].join('\n'))
  })
})

describe("a call in the reactor's own thread", () => {
  it.each<[string, () => unknown]>([
    ['wait()', () => eventual('service').throws?.().wait(0)],
    ['blocking', () => blocking('service', { timeout: 1 }).throws?.()],
    ['expose()', () => reactor.expose('service', service)],
  ])("that must not be throws an error whose stack begins in the application's code: %s", (_, use) => {
    expect(use).toThrow(RxCrochetError)
    const frames = stackBy(use).split('\n').slice(1)
    expect(frames[0]).toMatch(/traceback\.spec/)
    expectFrames(frames)
  })

  function stackBy(use: () => unknown): string {
    try {
      use()
    } catch (thrown) {
      return thrown instanceof Error ? String(thrown.stack) : ''
    }
    return ''
  }

  it.each<[string, unknown]>([
    ['an error', new RangeError('why', { cause: new Error('deeper') })],
    ['a frozen error', Object.freeze(new RangeError('why'))],
    ['an error with what cannot be cloned', Object.assign(new Error('why'), { retry() {} })],
    ['an object', { retry() {} }],
    ['undefined', undefined],
  ])('ends with the thrown thing itself, unchanged: %s', async (_, thrown) => {
    const before = inspect(thrown)
    reactor.expose('local', {
      fails() {
        throw thrown
      },
    })
    const result: EventualResult<unknown> = eventual<{ fails(): unknown }>('local').fails()
    const caught = await result.asPromise().then(
      () => 'it did not fail',
      (reason: unknown) => reason,
    )
    expect(caught).toBe(thrown)
    expect(result.originalFailure()?.value).toBe(thrown)
    expect(inspect(thrown)).toBe(before)
  })
})

describe('a program', () => {
  interface End {
    readonly status: unknown
    readonly stdout: string
    readonly stderr: string
  }

  function runProgram(scenario: string, flags: readonly string[] = []): Promise<End> {
    return new Promise((resolve) => {
      execFile(process.execPath, [...flags, program, scenario], (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : error.code, stdout, stderr })
      })
    })
  }

  it.each([
    ['in a task', 'pool'],
    ['in a Worker', 'worker'],
  ])('that a failure of a call ends is told of it with both stacks: %s', async (_, scenario) => {
    const { status, stderr } = await runProgram(scenario)
    expect(status).toBe(1)
    expect(stderr).toMatch(/^RangeError(?: \[Error\])?: why\n {4}at reactorInner [\s\S]*\n {4}at reactorOuter /m)
    expect(stderr).toMatch(/^ {4}---- service\.throws, called by thread \d+ ----\n {4}at [\s\S]*\n {4}at threadInner /m)
    expect(stderr).toMatch(/cause\]?: TypeError(?: \[Error\])?: deeper/)
    expect(stderr).toContain("code: 'E_WHY'")
    expect(stderr.split('\n').filter((line) => /^\s+at /.test(line) && OURS.test(line))).toEqual([])
  })

  it.each([
    { maps: 'without source maps', flags: [], file: /failures-stacks-(service|worker)\.js:\d+/ },
    { maps: 'with source maps', flags: ['--enable-source-maps'], file: /failures-stacks-(service|worker)\.ts:\d+/ },
  ])('sees the same parts of a stack $maps', async ({ flags, file }) => {
    const { status, stdout, stderr } = await runProgram('stack', flags)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { above, name, below } = partsOf(stdout.trimEnd())
    expect(named(above)).toEqual(['reactorInner', 'reactorOuter'])
    expect(above[0]).toMatch(file)
    expect(name).toBe('service.throws')
    expect(named(below)).toEqual(['threadInner', 'threadOuter'])
    expect(below[0]).toMatch(file)
  })
})
