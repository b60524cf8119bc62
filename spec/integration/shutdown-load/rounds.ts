/** What is asserted of each pattern, in rounds; how many there are is for the spec to say that calls it. */
import { describe, expect, it } from 'vitest'
import { canSignal } from '../../fixtures/can-signal.js'
import { accountsOf } from './accounts.js'
import { threads } from './application.js'
import { patterns } from './patterns.js'
import { round } from './round.js'

export function inRounds(rounds: number): void {
  // Another one each time, so that the signal meets the requests at other places.
  const moments = Array.from({ length: rounds }, (_, index) => 40 + 13 * index)
  const titled = patterns.map((pattern) => [pattern.server, pattern.hook, pattern] as const)

  describe.runIf(canSignal).each(titled)('%s under load: %s', (_server, _hook, pattern) => {
    it.for(moments)('a SIGTERM after %i answers loses no request', async (answers, { signal }) => {
      const { end, errors, ...books } = await round(pattern, answers, signal)
      expect(accountsOf(pattern, books).faults).toEqual([])
      const { hasClosed, stop } = books.report
      expect({ hasClosed, stop, end, errors }).toEqual({
        hasClosed: true,
        stop: {
          interrupted: 0,
          rejected: expect.any(Number), // the accounts have it
          drained: threads,
          terminated: 0,
          unretrieved: 0,
          durationMs: expect.any(Number),
        },
        end: pattern.endsBy === 'itself' ? [0, null] : [null, 'SIGTERM'],
        errors: '',
      })
    })
  })
}
