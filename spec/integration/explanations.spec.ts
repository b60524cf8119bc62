import type { Piscina } from 'piscina'
import { move, Reactor } from 'rx-crochet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as worker from '../fixtures/explanations-worker.js'
import { Door } from '../fixtures/lifecycle-support.js'
import { shutGate } from '../fixtures/modules/gate.js'
import { tasksOf } from '../fixtures/tasks.js'

const fixtures = new URL('../fixtures/', import.meta.url)

let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>

beforeAll(() => {
  reactor = new Reactor()
  run = runIn(makePool())
  const bytes = Uint8Array.of(1, 2)
  reactor.expose('service', {
    echo: (...values: unknown[]) => values[0],
    get: async (port: number) => (await fetch(`http://127.0.0.1:${port}`)).text(),
    moved: () => move(bytes),
  })
})

afterAll(() => reactor.stop())

const runIn = tasksOf<typeof worker>

function makePool(): Piscina {
  return reactor.createPool({ filename: new URL('explanations-worker.js', fixtures).href, maxThreads: 1 })
}

/** That a step ended with an error of that class. */
function threw(name: string, message: string | RegExp): object {
  const error = { class: name, message: typeof message === 'string' ? message : expect.stringMatching(message) }
  return { threw: expect.objectContaining(error) }
}

describe('a TimeoutError', () => {
  it('says nothing of a module that is loaded, where its function runs', async () => {
    expect(await run('waitsInVain', new URL('modules/waits.js', fixtures).href)).toEqual([
      threw(
        'TimeoutError',
        'waits.js#never had no outcome within 1 ms; the call goes on, so you may wait again or cancel it',
      ),
      threw('TimeoutError', 'waits.js#never had no outcome within 1 ms, and was cancelled'),
    ])
  })

  it('says that the reactor still imports the module, as long as it does', async () => {
    const open = shutGate()
    using _ = reactor.expose('gate', { open: () => open() })
    const url = new URL('modules/behind-gate.js?explained', fixtures).href
    expect(await run('waitsForModule', { url, opens: 'gate' })).toEqual([
      threw(
        'TimeoutError',
        /; the reactor is still importing its module, which may wait for something at its top level$/,
      ),
      { returned: undefined },
    ])
  })

  it('says that the loop is blocked of the reactor that has the pool', async () => {
    const door = new Door()
    const told = runIn(makePool())('callsBlockedLoop', door.word)
    door.pass()
    expect(await told).toEqual([
      threw(
        'TimeoutError',
        "service.echo had no outcome within 1 ms, and was cancelled; the reactor of this thread's pool has not accepted it yet, for something blocks its loop",
      ),
      { returned: 'later' },
    ])
  })

  it('says that this thread has a server, which answers nobody meanwhile', async () => {
    expect(await run('asksItself', undefined)).toEqual([
      threw(
        'TimeoutError',
        /^service\.get had no outcome within 1 ms, and was cancelled; this thread has a server, .* `asPromise\(\)`/,
      ),
      { returned: 'served' },
    ])
  })
})

describe('what is moved twice', () => {
  it('is refused, where it is an argument', async () => {
    expect(await run('movesAgain', undefined)).toEqual([
      { returned: undefined },
      threw(
        'ArgumentNotCloneableError',
        /^The arguments of service\.echo .*: what `move\(\)` was given had been moved before/,
      ),
    ])
  })

  it('is refused, where it is a result', async () => {
    expect(await run('takesAgain', undefined)).toEqual([
      { returned: Uint8Array.of(1, 2) },
      threw(
        'ResultNotCloneableError',
        /^The value of service\.moved .*: what `move\(\)` was given had been moved before/,
      ),
    ])
  })
})

describe('a getter that makes a call while it is read for another', () => {
  it('is named by the errors of both, and neither is made', async () => {
    expect(await run('callsWithin', undefined)).toEqual({
      ...threw(
        'ArgumentNotCloneableError',
        /^The arguments of service\.echo .*: a getter, or a Proxy, makes another call, of service\.echo, while that is copied; make it before/,
      ),
      within: threw(
        'ArgumentNotCloneableError',
        /^The arguments of service\.echo .*: a getter, or a Proxy, makes this call while what is sent for service\.echo is copied; make it before/,
      ),
    })
    expect(await run('calls', undefined)).toBe('as before')
  })
})
