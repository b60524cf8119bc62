/** A call on the reactor's side, alone. */
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import * as clock from '../../lib/protocol/clock.js'
import type { Outcome } from '../../lib/protocol/thread.js'
import { Call } from '../../lib/reactor/call.js'
import { Log } from '../../lib/reactor/log.js'
import { RecordedLog } from '../fixtures/recorded-log.js'

/** What a call ends with whose turn comes when so many ms have passed, and whether it ran. */
function endOf(timeout: number, turnAfter: number): { outcomes: Outcome[]; ran: boolean } {
  const scheduler = new VirtualTimeScheduler()
  const outcomes: Outcome[] = []
  let ran = false
  const fn = (): string => {
    ran = true
    return 'value'
  }
  const caller = { ordinal: 1, threadId: 1, settled: (_: Call, outcome: Outcome) => void outcomes.push(outcome) }
  const context = { scheduler, log: new Log(new RecordedLog(), undefined), find: () => ({ fn, self: undefined }) }
  const ref = { in: 'service', of: 'svc', name: 'fn' } as const
  const call = new Call(caller, context, { ref, number: 1, timeout, hasDefault: false }, [])
  call.start()
  for (const end = clock.now() + turnAfter; clock.now() <= end; );
  scheduler.flush()
  return { outcomes, ran }
}

describe('a call', () => {
  it('does not run if its turn comes when its caller waits no more, and is answered so', () => {
    const { outcomes, ran } = endOf(1, 2)
    expect(ran).toBe(false)
    expect(outcomes).toMatchObject([
      {
        type: 'failure',
        thrown: {
          name: 'TimeoutError',
          message:
            'svc.fn did not run: its turn had not come within 1 ms, for which its caller waits; the main loop may have been blocked',
        },
      },
    ])
  })

  it.each([60_000, Number.POSITIVE_INFINITY])('runs if its turn comes before: %d ms', (timeout) => {
    expect(endOf(timeout, 2)).toEqual({ outcomes: [{ type: 'value', value: 'value' }], ran: true })
  })
})
