import { describe, expect, it } from 'vitest'
import type { Given } from '../fixtures/setup-program.js'
import { runNode, runScenario } from '../fixtures/setup-run.js'

/** That a step ended with an error of that class. */
function threw(name: string, message = ''): object {
  return { threw: expect.objectContaining({ class: name, message: expect.stringContaining(message) }) }
}

const STOPPED = threw('ReactorStopped')
const fixtures = new URL('../fixtures/', import.meta.url)

describe.concurrent("when the reactor's thread ends by itself", () => {
  it.each(['process.exit()', 'out of memory'] as const)('a call that is awaited rejects: %s', async (death) => {
    const { told } = await runScenario('diesDuringPromise', { death })
    expect(told).toEqual(STOPPED)
  })

  it('calls end with ReactorStopped however brief their timeouts are', async () => {
    const { told } = await runScenario('diesUnseen')
    expect(told).toEqual({ call: STOPPED, again: STOPPED, wait: STOPPED })
  })

  it('the threads of an attached pool wake, also if it is out of memory', async () => {
    const { told } = await runScenario('diesUnderPool')
    expect(told).toEqual({ here: STOPPED, asleep: STOPPED })
  })

  it.each(['startsInVain', 'diesUnseen'])('errors do not look as after stop(): %s', async (scenario) => {
    const { told, errors } = await runScenario(scenario)
    expect(JSON.stringify(told)).not.toContain('TimeoutError')
    // Where the log says nothing, since it can't, at least that nobody has stopped it.
    expect(JSON.stringify(told) + errors).toMatch(/ended|not loaded on purpose|memory/)
  })
})

describe.concurrent('setup() starts another reactor', () => {
  it('while the last one, which was stopped from its own side, is not done yet', async () => {
    const { told } = await runScenario('stopsSlowlyFromInside')
    expect(told).toEqual({ call: STOPPED, again: { returned: 1 } })
  })

  it('after stop() of one whose thread never gives its loop back', async () => {
    const { told } = await runScenario('stopsLooping')
    expect(told).toEqual({ stop: true, again: 1 })
  })

  it('in a thread whose parent has none, though the parent of that has', async () => {
    const { told } = await runScenario('grandchild')
    expect(told).toEqual({ returned: [1, 2] })
  })

  it('in a program that is given as text with --input-type=module', async () => {
    const text = `
      import { blocking, setup } from 'rx-crochet/caller'
      setup()
      const url = new URL('setup-reactive.js', '${fixtures.href}')
      console.log(JSON.stringify(blocking(url, { timeout: 20_000 }).echo('an answer')))`
    const { told } = await runNode(['--input-type=module', '--eval', text])
    expect(told).toBe('an answer')
  })

  it('once, when a module that is loaded before all others asks for it in each thread', async () => {
    const { lines } = await runScenario('limits', {}, ['--import', new URL('setup-preloaded.js', fixtures).href])
    expect(lines.filter((line) => line.startsWith('at depth') && line > 'at depth 1')).toEqual([])
  })
})

describe.concurrent('a module that does not finish loading', () => {
  it('is what the error says', async () => {
    const { told } = await runScenario('loads')
    expect(told).toMatchObject({ pends: [threw('TimeoutError', 'importing'), threw('TimeoutError', 'importing')] })
  })
})

describe.concurrent('what reactive functions print', () => {
  it.each<readonly [what: string, scenario: string, given: Given, bytes: readonly number[]]>([
    ['as bytes that are no text', 'printsBytes', { bytes: [0xff, 0x00, 0xfe] }, [0xff, 0x00, 0xfe]],
    ['as a character in several pieces', 'printsBytes', { bytes: [0xe2, 0x9c, 0x93] }, [0xe2, 0x9c, 0x93]],
    ['in another encoding', 'printsEncoded', {}, [0x6f, 0x6b]],
  ])('appears as it is: %s', async (_, scenario, given, bytes) => {
    const { printed } = await runScenario(scenario, given)
    expect([...printed]).toEqual(bytes)
  })
})

describe.concurrent('attach() of what setup() returns', () => {
  it('attaches a pool once, however often it is called', async () => {
    const { told } = await runScenario('poolTwice')
    expect(told).toMatchObject({ returned: { counts: [1, 2] } })
  })

  it("has a pool's threads call the next managed reactor, when that of before has stopped", async () => {
    const { told } = await runScenario('poolAgain')
    expect(told).toMatchObject({ one: { counts: [1, 2] }, two: { returned: { counts: [1, 2] } } })
  })

  it('keeps nothing of threads of the pool that have ended', async () => {
    const { told } = await runScenario('poolRenews', {}, ['--expose-gc'])
    expect(told).toEqual({ made: true, left: 0 })
  })

  it('refuses what is no pool, and says so', async () => {
    const { told } = await runScenario('attachesNoPool')
    const given = ['`[Object]`', '`5`', '`null`', '`[Tinypool]`, a pool of another kind']
    expect(told).toEqual(given.map((what) => threw('TypeError', `attach() takes a Piscina; it was given ${what}`)))
  })
})

describe.concurrent('stop() of what setup() returns', () => {
  it('refuses what it has no use for, as that of a Reactor does', async () => {
    const { told } = await runScenario('stopsWithMore')
    expect(told).toMatchObject(threw('TypeError', 'stop() has no option `what`'))
  })

  it('leaves neither a listener nor a handle, 50 times', async () => {
    const { told } = await runScenario('rounds')
    const { before, after } = told as { before: unknown; after: unknown }
    expect(after).toEqual(before)
  })

  it('gives its report also where the end of the process has stopped it', async () => {
    const { told } = await runScenario('stopsAtExit')
    expect(told).toEqual({ returned: 0 })
  })
})

describe.concurrent('setup()', () => {
  it('refuses resourceLimits that are none', async () => {
    const { told } = await runScenario('limits')
    expect(told).toEqual([1, 2, 3].map(() => threw('TypeError', 'resourceLimits')))
  })
})
