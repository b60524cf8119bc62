import { describe, expect, it } from 'vitest'
import { type Ran, runFile } from '../fixtures/setup-run.js'
import type { Given } from '../fixtures/setup-stop-program.js'
import type { Culprit, Way } from '../fixtures/setup-stop-reactive.js'

const PROGRAM = './setup-stop-program.js'

function ran(scenario: string, given: Given): Promise<Ran> {
  return runFile(PROGRAM, [scenario, JSON.stringify(given)])
}

/** What a program told that came to its end by itself. */
async function toldBy(scenario: string, given: Given): Promise<unknown> {
  const { end, told, errors } = await ran(scenario, given)
  expect({ end, errors }).toEqual({ end: [0, null], errors: '' })
  return told
}

/** That a step ended with ReactorStopped. */
function stopped(message: RegExp): object {
  return { threw: expect.objectContaining({ class: 'ReactorStopped', message: expect.stringMatching(message) }) }
}

const WHILE_IT_STOPPED =
  /^The reactor's thread was terminated while it stopped: its loop stood still for 1000 ms\. A shutdown trigger, a teardown or a subscriber of shutdown\$ did not give it back; .* or stop\(\) wait longer by `drainTimeout`$/
const BEFORE =
  /terminated before it came to stop\(\): its loop stood still for 1000 ms\. What it ran did not give it back/

describe.concurrent('stop() of a managed reactor whose loop stands still', () => {
  it.each<readonly [culprit: Culprit, way: Way]>([
    ['before', 'computes for ever'],
    ['during', 'computes for ever'],
    ['after', 'computes for ever'],
    ['teardown', 'computes for ever'],
    ['subscriber', 'computes for ever'],
    ['before', 'sleeps for ever'],
    ['teardown', 'sleeps for ever'],
    ['before', 'goes on in microtasks for ever'],
  ])('terminates its thread, says so each time, and leaves room for another: %s %s', async (culprit, way) => {
    expect(await toldBy('standsStill', { culprit, way })).toEqual({
      stop: stopped(WHILE_IT_STOPPED),
      again: stopped(WHILE_IT_STOPPED),
      // Some of them stand still before calls are interrupted, some after.
      after: stopped(/was called after (?:its reactor had stopped|the thread of its reactor was terminated)/),
      call: stopped(/^The reactor's thread was terminated|^The reactor has stopped/),
      next: 1,
    })
  })

  it('does so too if it stood still before', async () => {
    expect(await toldBy('standsStillBefore', {})).toEqual({
      stop: stopped(BEFORE),
      again: stopped(BEFORE),
      after: stopped(/was called after the thread of its reactor was terminated, .*; call setup\(\) again$/),
      next: 1,
    })
  })

  it('wakes the threads of attached pools that sleep on it', async () => {
    expect(await toldBy('standsStillInPool', {})).toEqual({
      stop: stopped(WHILE_IT_STOPPED),
      woken: stopped(/^The reactor's thread was terminated, for its loop stood still/),
    })
  })

  it.each<readonly [ms: number, drainTimeout: number | null]>([
    [300, 0],
    [1_500, 10_000],
    [1_500, null],
  ])('waits if that is for %i ms, with a drainTimeout of %j', async (ms, drainTimeout) => {
    expect(await toldBy('standsStillFor', { ms, drainTimeout })).toEqual({})
  })

  it('keeps the end of the process for a while only', async () => {
    expect(await ran('standsStillAtExit', { drainTimeout: 60_000 })).toMatchObject({ end: [3, null], errors: '' })
  })

  it('is not needed where it was stopped from within: setup() ends it, says so on standard error, and starts another', async () => {
    const { end, told, errors } = await ran('stopsFromInside', {})
    expect({ end, told }).toEqual({
      end: [0, null],
      told: { call: stopped(/has stopped/), next: 1, stop: stopped(WHILE_IT_STOPPED) },
    })
    expect(errors).toMatch(/^rx-crochet: The reactor's thread was terminated while it stopped: .*\n$/)
  })
})

describe.concurrent('stop() of a managed reactor whose loop turns', () => {
  it.each([0, 300])('lets a trigger take longer than a drainTimeout of %i', async (drainTimeout) => {
    const { lines } = await ran('takesItsTime', { ms: 2_000, drainTimeout })
    expect(lines).toEqual(['begins', 'ends', '{"returned":0}'])
  })

  it.each([
    ['outside', {}],
    ['inside', stopped(/has stopped/)],
  ] as const)('ends its thread, whatever the application has left open: called from %s', async (from, told) => {
    expect(await toldBy('leavesOpen', { from })).toEqual(told)
  })

  it.each(['inside', 'outside'] as const)('is what a first call after it is told: called from %s', async (from) => {
    expect(await toldBy('callsFirstAfter', { from })).toEqual(stopped(/was called after its reactor had stopped/))
  })

  it('says so if its thread ends by itself meanwhile', async () => {
    expect(await toldBy('exits', {})).toEqual({
      stop: stopped(/thread ended by itself before it had stopped/),
      again: stopped(/thread ended by itself before it had stopped/),
      after: stopped(/had stopped|has ended/),
      next: 1,
    })
  })
})
