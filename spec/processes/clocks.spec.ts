/** What ends a wait comes in time, and no sooner, whatever fake stands in place of the clock. */
import { fileURLToPath } from 'node:url'
import type { Observable } from 'rxjs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FakeName } from '../fixtures/clock-fakes.js'
import { runNode } from '../fixtures/setup-run.js'

/** Each alone, and all together: a process takes one of Sinon's. */
const TOGETHER: [FakeName[]] = [['Sinon', 'node:test']]
const FAKES: [FakeName[]][] = [
  [['Sinon']],
  [['Sinon, of microtasks']],
  [['Sinon, of setTimeout']],
  [['Sinon, of the date']],
  [['node:test']],
  TOGETHER,
]
const FAKES_AT_ONCE: [FakeName[]][] = [[['Sinon']], [['Sinon, of microtasks']], [['node:test']], TOGETHER]
const MINUTE = 60_000

const fixture = (name: string): URL => new URL(`../fixtures/${name}.js`, import.meta.url)

/** What a program tells that gets its fakes when it has loaded the package, in the main thread and in those of its pools. */
async function fakedLater(program: string, names: readonly FakeName[]): Promise<unknown> {
  return (await runNode([fileURLToPath(fixture(program)), JSON.stringify(names)])).told
}

/** What a program tells that has its fakes in all of its threads before anything of the package is loaded. */
async function fakedAtOnce(program: string, names: readonly FakeName[]): Promise<unknown> {
  const args = ['--import', fixture('clock-fakes-at-once').href, fileURLToPath(fixture(program))]
  return (await runNode(args, { FAKES: JSON.stringify(names) })).told
}

describe.concurrent.each([
  ['put there when the package was loaded', FAKES, fakedLater],
  ['that is there when the package is loaded', FAKES_AT_ONCE, fakedAtOnce],
] as const)('under a fake %s', (_, fakes, told) => {
  it.each(fakes)('all that bounds a wait of a pool or its reactor ends it: %j', async (names) => {
    const before = Date.now()
    const ends = await told('clock-program', names)
    const after = Date.now()
    expect(ends).toEqual({
      calls: {
        value: 'value',
        timeout: 'TimeoutError',
        wait: 'TimeoutError',
        stream: 'TimeoutError',
        deadline: expect.any(Number),
      },
      asking: 'NotAttachedError',
      grace: { interrupted: 1, terminated: 0, hanging: 'ReactorStopped' },
      drain: { terminated: 1, stuck: 'ReactorStopped' },
      drainOfQueue: { terminated: 1, tasks: ['Error', 'AbortError'] },
      trigger: 1,
      cancelled: 'terminated',
    })
    const { deadline } = (ends as { calls: { deadline: number } }).calls // as was just seen
    expect(deadline - MINUTE).toBeGreaterThanOrEqual(before)
    expect(deadline - MINUTE).toBeLessThanOrEqual(after)
  })

  it.each([[['Sinon']], TOGETHER] satisfies [FakeName[]][])('so it is with setup(): %j', async (names) => {
    const ends = await told('clock-setup-program', names)
    expect(ends).toEqual({ value: 'value', timeout: 'TimeoutError', interrupted: 1 })
  })
})

describe("under Vitest's fakes, which are there when the package is loaded,", () => {
  /** Loaded here, and not before: each file of specs has a process of its own. */
  let rxCrochet: typeof import('rx-crochet')
  let rxjs: typeof import('rxjs')

  beforeAll(async () => {
    fakeAll()
    try {
      rxCrochet = await import('rx-crochet')
      rxjs = await import('rxjs')
    } finally {
      vi.useRealTimers()
    }
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  /** All that a process may fake; Vitest needs `nextTick` for itself. */
  function fakeAll(): void {
    const { setSystemTime } = vi.useFakeTimers({
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'setImmediate',
        'clearImmediate',
        'Date',
        'performance',
        'hrtime',
        'queueMicrotask',
      ],
    })
    setSystemTime('2020-01-01')
  }

  it('calls, the grace and the drain end', async () => {
    fakeAll()
    const reactor = new rxCrochet.Reactor()
    let onHang = (): void => undefined
    const echo = (value: string): string => value
    const hang = (): Observable<never> => {
      onHang()
      return rxjs.NEVER
    }
    reactor.expose('svc', { echo, hang })
    const pool = reactor.createPool({ filename: fixture('clock-tasks').href, maxThreads: 1 })
    const ends = await pool.run(undefined, { name: 'calls' })
    expect(ends).toEqual({ value: 'value', timeout: 'TimeoutError', wait: 'TimeoutError', stream: 'TimeoutError' })
    const hung = new Promise<void>((resolve) => {
      onHang = resolve
    })
    const hanging = pool.run(undefined, { name: 'hangs' }).catch((error: Error) => error.name)
    await hung
    // One more is that which was waited for in vain.
    expect(await reactor.stop({ grace: 20 })).toMatchObject({ interrupted: 2, terminated: 0 })
    expect(await hanging).toBe('ReactorStopped')
  })
})
