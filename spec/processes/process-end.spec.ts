import { afterEach, describe, expect, it } from 'vitest'
import { Child } from '../fixtures/process-end-child.js'
import type { Given } from '../fixtures/process-end-program.js'

let children: Child[] = []

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

/** A program that comes to its end; what it said by then, and how it ended. */
async function run(scenario: string, given: Given = {}): Promise<Pick<Child, 'lines' | 'errors'> & { end: unknown }> {
  const child = new Child('./process-end-program.js', scenario, given)
  children.push(child)
  const end = await child.end
  return { end, lines: child.lines, errors: child.errors }
}

const ended = { end: [0, null], lines: ['the end'], errors: '' }

describe('a reactor that nobody stops lets the process end', () => {
  it.each([
    ['by itself', 'idleReactor'],
    ['with an idle pool', 'idlePool'],
    ['with an idle pool of the application', 'idleAttachedPool'],
    ['that listens to signals', 'signals'],
    ['with triggers, which do not run', 'triggers'],
    ['whose pool, service and trigger were taken away', 'disposables'],
    ['after calls that ended in every way', 'callsOfThreads'],
    ['though a call of its own thread is unfinished', 'callsOfItsOwn'],
    ["with a Worker that is unref'd, after its call", 'workerAfterCall'],
    ["with a Worker that is unref'd, asleep in its call", 'workerInCall'],
  ])('%s', async (_, scenario) => {
    expect(await run(scenario)).toEqual(ended)
  })
})

describe('while 8 threads sleep, the process is ended', () => {
  it('by process.exit(), with its status', async () => {
    expect(await run('exit')).toEqual({ end: [3, null], lines: ['asleep'], errors: '' })
  })

  it.each(['uncaught', 'unhandled'])('by an error that is %s, with 1', async (scenario) => {
    expect(await run(scenario)).toEqual({
      end: [1, null],
      lines: ['asleep'],
      errors: expect.stringContaining(`${scenario} on purpose`),
    })
  })
})

describe('a process that ends without a stop', () => {
  it('logs the failures that nobody has looked at', async () => {
    const { end, errors } = await run('failureLeft')
    expect(end).toEqual([0, null])
    expect(errors.match(/unhandled failure in service\.fail/g)).toHaveLength(1)
  })
})

describe('process.exit() ends the process with its status', () => {
  it.each(['before', 'during', 'after'] as const)('in a %s trigger', async (phase) => {
    expect(await run('exitInTrigger', { phase })).toEqual({ end: [5, null], lines: [], errors: '' })
  })

  it('in a reactive function', async () => {
    expect(await run('exitInFunction')).toEqual({ end: [4, null], lines: [], errors: '' })
  })

  it('in a teardown that stop() runs', async () => {
    expect(await run('exitInTeardown')).toEqual({ end: [6, null], lines: [], errors: '' })
  })
})

describe('a process that has only to stop lives until that is done', () => {
  it.each<readonly [what: string, scenario: string, lines: readonly string[]]>([
    ['with idle pools', 'stopsIdle', ['interrupted 0, drained 3, terminated 0']],
    ['with pools that are still starting', 'stopsStarting', ['interrupted 0, drained 4, terminated 0']],
    ['with triggers that end at once', 'stopsWithQuickTrigger', []],
    ["with a grace for a Worker that is unref'd", 'stopsWithGrace', ['interrupted 1, drained 0, terminated 0']],
    [
      'with a grace for its own call',
      'stopsWithGraceForItself',
      ['ReactorStopped', 'interrupted 1, drained 0, terminated 0'],
    ],
    ['with a thread that never ends', 'stopsWithBusyThread', ['terminated', 'interrupted 1, drained 0, terminated 1']],
    [
      'with tasks in queues, and without a bound',
      'stopsWithQueue',
      ['rejected', 'rejected', 'stopped', 'stopped', 'interrupted 2, drained 2, terminated 0'],
    ],
    ['with a logger that never says that all is written', 'stopsWithLogger', []],
    ['at the end of a scope', 'stopsAtTheEndOfScope', ['after']],
  ])('%s', async (_, scenario, lines) => {
    const { end, lines: found, errors } = await run(scenario)
    expect({ end, errors }).toEqual({ end: [0, null], errors: '' })
    expect(found.slice(0, -2).sort()).toEqual(lines.slice(0, -1))
    expect(found.slice(-2)).toEqual([...lines.slice(-1), 'the end'])
  })

  it('with tasks of offload() under way, which give their results', async () => {
    const results = Array(3).fill('a result')
    const lines = ['the end', ...results, 'ReactorStopped']
    expect(await run('stopsWithOffload')).toEqual({ end: [0, null], lines, errors: '' })
  })

  it.each(['before', 'during', 'after'] as const)('with %s triggers that never end', async (phase) => {
    const lines = ['interrupted 0, drained 0, terminated 0', 'the end']
    expect(await run('stopsWithTrigger', { phase })).toEqual({ end: [0, null], lines, errors: '' })
  })
})
