import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Reactor, type ReactorOptions } from 'rx-crochet'
import { afterEach, describe, expect, it } from 'vitest'
import { canSignal } from '../fixtures/can-signal.js'
import { Child } from '../fixtures/process-end-child.js'
import { canBeProcessOne, ProcessOne } from '../fixtures/process-one.js'
import type { Given } from '../fixtures/signals-program.js'

const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM']
const BOTH: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']

let children: Child[] = []

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

/** A program that is ready for its signal. */
async function ready(scenario: string, given: Given, Program = Child): Promise<Child> {
  const child = new Program('./signals-program.js', scenario, given)
  children.push(child)
  await child.says('ready')
  return child
}

/** What its main thread said. */
function said({ lines }: Child): string[] {
  return lines.filter((line) => !line.startsWith('thread'))
}

/** What its threads said. */
function printed({ lines }: Child, thread: number): string[] {
  return lines.filter((line) => line.startsWith(`thread ${thread}`)).map((line) => line.replace(/: \.+$/, ''))
}

const allLines = (thread: number): string[] => [
  `thread ${thread}: ReactorStopped`,
  ...Array.from({ length: 20 }, (_, line) => `thread ${thread}, line ${line + 1}`),
  `thread ${thread}: the end`,
]

describe.runIf(canSignal)('the first signal', () => {
  it.each(ENDING)('%s stops the reactor, then ends the process as it would have without it', async (signal) => {
    const child = await ready('sleeps', { signals: [signal] })
    child.kill(signal)
    expect(await child.end).toEqual([null, signal])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'task 1 returned its result', 'after'])
  })

  it.each(BOTH)('%s of several does', async (signal) => {
    const child = await ready('sleeps', { signals: BOTH })
    child.kill(signal)
    expect(await child.end).toEqual([null, signal])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'task 1 returned its result', 'after'])
  })

  it('does when nothing is pending', async () => {
    const child = await ready('sleeps', { signals: BOTH, threads: 0 })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after'])
  })

  it('lets 8 threads that sleep come to their ends, and all that they print is seen', async () => {
    const child = await ready('sleeps', { signals: BOTH, threads: 8 })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    const threads = [1, 2, 3, 4, 5, 6, 7, 8]
    for (const thread of threads) expect(printed(child, thread)).toEqual(allLines(thread))
    const returned = threads.map((thread) => `task ${thread} returned its result`)
    expect(said(child).slice(0, 2)).toEqual(['ready', 'before'])
    // The interruption comes in slices, so a thread that woke in the first one may return before the last one.
    expect(said(child).slice(2, -1).sort()).toEqual(['during', ...returned])
    expect(said(child).at(-1)).toBe('after')
  })

  it.each([
    ['lets a call finish within the grace of options.stop', { grace: 60_000 }, 'value: an answer'],
    ['interrupts a call if options.stop has no grace', {}, 'failure: ReactorStopped'],
  ])('%s', async (_, stop, outcome) => {
    const child = await ready('finishes', { signals: BOTH, stop })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', outcome])
  })

  it('terminates a thread that is busy for longer than the drainTimeout of options.stop', async () => {
    const child = await ready('loops', { signals: BOTH, stop: { drainTimeout: 50 } })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'terminated', 'after'])
  })

  it('joins a stop() that is under way', async () => {
    const child = await ready('joins', { signals: BOTH })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'signalled', 'before', 'during', 'after', 'stopped: true'])
  })

  it.each(['before', 'during', 'after'] as const)('is not kept by %s triggers that fail', async (phase) => {
    const child = await ready('hangs', { signals: BOTH, trigger: 'fails', phase })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after'])
  })
})

describe.runIf(canSignal)('a second signal ends the process at once', () => {
  const seconds = [
    ['the same', 'SIGTERM'],
    ['another', 'SIGINT'],
  ] as const
  const hangs: readonly (readonly [why: string, scenario: string, given: Given, when: string])[] = [
    ['a before trigger never ends', 'hangs', { trigger: 'never ends', phase: 'before' }, 'hangs'],
    ['a during trigger never ends', 'hangs', { trigger: 'never ends', phase: 'during' }, 'hangs'],
    ['an after trigger never ends', 'hangs', { trigger: 'never ends', phase: 'after' }, 'hangs'],
    ['a trigger blocks the loop', 'hangs', { trigger: 'blocks the loop' }, 'hangs'],
    ['a thread never ends', 'loops', { stop: { drainTimeout: null } }, 'during'],
  ]

  describe.each(seconds)('%s', (_, second) => {
    it.each(hangs)('while %s', async (_, scenario, given, when) => {
      const child = await ready(scenario, { signals: BOTH, ...given })
      child.kill('SIGTERM')
      await child.says(when)
      child.kill(second)
      expect(await child.end).toEqual([null, second])
      expect(said(child).filter((line) => line === 'after')).toEqual([])
    })

    it('though the application listens too, while a trigger never ends', async () => {
      const child = await ready('hangs', { signals: BOTH, trigger: 'never ends', own: second })
      child.kill('SIGTERM')
      await child.says('hangs')
      child.kill(second)
      expect(await child.end).toEqual([null, second])
    })

    it.each([undefined, second])('while a listener of `exit` blocks, the application listening to %s', async (own) => {
      const child = await ready('exits', { signals: BOTH, atExit: 'blocks the loop', ...(own && { own }) })
      child.kill('SIGTERM')
      await child.says('blocked')
      child.kill(second)
      expect(await child.end).toEqual([null, second])
    })

    it('without a listener of `exit` being called', async () => {
      const child = await ready('exits', { signals: BOTH, trigger: 'never ends', own: second })
      child.kill('SIGTERM')
      await child.says('hangs')
      child.kill(second)
      expect(await child.end).toEqual([null, second])
      expect(said(child).filter((line) => line.startsWith('first'))).toEqual([])
    })

    it('of two reactors, while a trigger of each never ends', async () => {
      const child = await ready('hangs', { signals: BOTH, trigger: 'never ends', reactors: 2 })
      child.kill('SIGTERM')
      await child.says('hangs')
      child.kill(second)
      expect(await child.end).toEqual([null, second])
    })
  })
})

/** What the program says when it ends, its listeners having run. */
const exited = (signal: NodeJS.Signals): string[] => {
  const code = 128 + constants.signals[signal]
  return [`first: ${code}`, `last: ${code}`, 'replaced emit()']
}

describe.runIf(canSignal)("the listeners of the process's `exit`", () => {
  it.each(ENDING)('run when the reactor has stopped, and then %s ends the process', async (signal) => {
    const child = await ready('exits', { signals: [signal] })
    child.kill(signal)
    expect(await child.end).toEqual([null, signal])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after', ...exited(signal)])
  })

  it('run once, when the last of several reactors has stopped', async () => {
    const child = await ready('exits', { signals: BOTH, reactors: 3 })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child).slice(-3)).toEqual(exited('SIGTERM'))
    expect(said(child).filter((line) => line.endsWith('after'))).toHaveLength(3)
  })

  it.each<readonly [log: NonNullable<Given['log']>]>([['buffered'], ['by a transport']])(
    "let the application's own pino write what it has: %s",
    async (log) => {
      const folder = await mkdtemp(join(tmpdir(), 'rx-crochet-'))
      try {
        const file = join(folder, 'log')
        const child = await ready('logs', { signals: BOTH, log, file })
        child.kill('SIGTERM')
        expect(await child.end).toEqual([null, 'SIGTERM'])
        const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
        expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['ready', 'stopped'])
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )

  it.each<readonly [atExit: NonNullable<Given['atExit']>, lines: readonly string[]]>([
    ['calls process.exit()', ['first: 143']],
    ['sets process.exitCode', ['first: 143', 'last: 143', 'replaced emit()']],
  ])("don't change by what the process ends: one that %s", async (atExit, lines) => {
    const child = await ready('exits', { signals: BOTH, atExit })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after', ...lines])
  })

  it("don't keep the process if one throws, which is said on standard error", async () => {
    const child = await ready('exits', { signals: BOTH, atExit: 'throws' })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after', 'first: 143'])
    expect(child.errors).toMatch(/^rx-crochet: a listener of the process's `exit` threw, .*Error: thrown on purpose\n/)
  })
})

describe.runIf(canBeProcessOne)('process 1, which signals spare that nobody listens to', () => {
  it.each(BOTH)('ends with the status that shells use for %s, its `exit` listeners having run', async (signal) => {
    const child = await ready('exits', { signals: BOTH }, ProcessOne)
    child.kill(signal)
    expect(await child.end).toEqual([128 + constants.signals[signal], null])
    expect(said(child)).toEqual(['ready', 'before', 'during', 'after', ...exited(signal)])
  })

  it('ends with that status whatever a listener of `exit` says', async () => {
    const child = await ready('exits', { signals: BOTH, atExit: 'calls process.exit()' }, ProcessOne)
    child.kill('SIGTERM')
    expect(await child.end).toEqual([143, null])
  })

  it.each(BOTH)('ends at once at a second signal, %s', async (second) => {
    const child = await ready('hangs', { signals: BOTH, trigger: 'never ends' }, ProcessOne)
    child.kill('SIGTERM')
    await child.says('hangs')
    child.kill(second)
    expect(await child.end).toEqual([128 + constants.signals[second], null])
  })
})

describe.runIf(canSignal)('several reactors', () => {
  it.each([2, 3])('that listen to one signal all stop before it ends the process: %i', async (reactors) => {
    const child = await ready('sleeps', { signals: BOTH, reactors, threads: 2 })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    for (let index = 0; index < reactors; index++) {
      const own = said(child).filter((line) => line.startsWith(`${index}: `))
      expect(own.slice(0, 2)).toEqual([`${index}: before`, `${index}: during`])
      expect(own.slice(2, 4).sort()).toEqual([1, 2].map((task) => `${index}: task ${task} returned its result`))
      expect(own.slice(4)).toEqual([`${index}: after`])
    }
  })
})

describe.runIf(canSignal)("the application's own listener", () => {
  it.each(['before the reactor', 'after the reactor', 'once'] as const)(
    'is called too, and the process ends still: %s',
    async (listens) => {
      const child = await ready('sleeps', { signals: BOTH, own: 'SIGTERM', listens })
      child.kill('SIGTERM')
      expect(await child.end).toEqual([null, 'SIGTERM'])
      expect(said(child).sort()).toEqual(
        ['ready', 'own SIGTERM', 'before', 'during', 'task 1 returned its result', 'after'].sort(),
      )
    },
  )
})

describe('without `signals`', () => {
  it('a signal ends the process at once', async () => {
    const child = await ready('sleeps', { threads: 2 })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
    expect(said(child)).toEqual(['ready'])
  })

  it('nothing listens to any signal', async () => {
    const before = listeners()
    await using _ = new Reactor()
    expect(listeners()).toEqual(before)
  })
})

describe('with `signals`', () => {
  it('only these are listened to, until the reactor has stopped', async () => {
    const before = listeners()
    const reactor = new Reactor({ signals: ['SIGTERM', 'SIGUSR2'] })
    expect(listeners()).toEqual({
      ...before,
      SIGTERM: (before.SIGTERM ?? 0) + 1,
      SIGUSR2: (before.SIGUSR2 ?? 0) + 1,
    })
    await reactor.stop()
    expect(listeners()).toEqual(before)
  })

  it.runIf(canSignal)('a signal that comes after stop() ends the process', async () => {
    const child = await ready('has', { signals: BOTH })
    child.kill('SIGTERM')
    expect(await child.end).toEqual([null, 'SIGTERM'])
  })

  it.runIf(canSignal)("a signal that comes after stop() is the application's, if that listens", async () => {
    const child = await ready('has', { signals: BOTH, own: 'SIGTERM' })
    child.kill('SIGTERM')
    await child.says('own SIGTERM')
    child.kill('SIGINT')
    expect(await child.end).toEqual([null, 'SIGINT'])
  })

  it.each<readonly [what: string, signals: unknown, error: 'TypeError' | 'RangeError', given: string]>([
    ['a string', 'SIGTERM', 'TypeError', "'SIGTERM'"],
    ['an object', { SIGTERM: true }, 'TypeError', '[Object]'],
    ['a Set', new Set(['SIGTERM']), 'TypeError', '[Set]'],
    ['a number', 15, 'TypeError', '15'],
    ['an unknown name', ['SIGTERM', 'SIGNONE'], 'RangeError', "'SIGNONE'"],
    ['a name in small letters', ['SIGINT', 'sigterm'], 'RangeError', "'sigterm'"],
    ['a number among names', ['SIGINT', 15], 'RangeError', '15'],
    ['a hole', ['SIGINT', undefined], 'RangeError', 'undefined'],
    ['SIGKILL, which nobody can listen to', ['SIGTERM', 'SIGKILL'], 'RangeError', "'SIGKILL'"],
    ['SIGSTOP, which nobody can listen to', ['SIGTERM', 'SIGSTOP'], 'RangeError', "'SIGSTOP'"],
    ["SIGUSR1, which is the debugger's", ['SIGTERM', 'SIGUSR1'], 'RangeError', "'SIGUSR1'"],
    ['SIGCHLD, which ends nothing', ['SIGCHLD'], 'RangeError', "'SIGCHLD'"],
    ['SIGWINCH, which ends nothing', ['SIGWINCH'], 'RangeError', "'SIGWINCH'"],
  ])('that are %s are refused, and nothing listens then', (_, signals, name, given) => {
    const before = listeners()
    const options = { signals } as ReactorOptions // what code without types may give
    const message = expect.stringMatching(new RegExp(`options\\.signals .*\`${given.replace(/[[\]]/g, '\\$&')}\``))
    expect(() => new Reactor(options)).toThrow(expect.objectContaining({ name, message }))
    expect(listeners()).toEqual(before)
  })

  it('in a Worker are refused, for signals reach only the main thread', async () => {
    const worker = new Worker(new URL('../fixtures/signals-worker.js', import.meta.url))
    const [answer] = await once(worker, 'message')
    expect(answer).toEqual({
      name: 'RangeError',
      message: expect.stringMatching(/options\.signals .*only the main thread/),
    })
    await worker.terminate()
  })
})

/** How many listeners there are for each event of the process, its signals among them. */
function listeners(): Record<string, number> {
  const signals = process.eventNames().filter((name) => String(name).startsWith('SIG'))
  return Object.fromEntries(signals.map((name) => [name, process.listenerCount(name)]))
}
