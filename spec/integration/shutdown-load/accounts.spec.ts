/** Of what the load specs rely on: that a lost request shows, whatever else happens to connections. */
import type { StopReport } from 'rx-crochet'
import { describe, expect, it } from 'vitest'
import { accountsOf, type BothBooks, type Rules } from './accounts.js'
import { answerTo } from './answer.js'
import type { Received } from './books.js'
import type { Exchange, Got } from './client.js'

const all: Rules = { server: 'plain', succeed: 'all' }
const begun: Rules = { server: 'plain', succeed: 'begun' }
const refusing: Rules = { server: 'fastify', succeed: 'all' }

const ok: Got = { status: 200, body: answerTo(7) }
const busy: Got = { status: 503, body: 'ask another one' }
const broken: Got = { status: 500, body: 'an error' }
const reset: Got = { error: 'ECONNRESET' }
const shut: Got = { error: 'ECONNREFUSED' }

const stop: StopReport = { interrupted: 0, rejected: 0, drained: 4, terminated: 0, unretrieved: 0, durationMs: 1 }
const another: Exchange = { request: 8, sent: 1, got: { status: 200, body: answerTo(8) } }

/** What both sides have of request 7, and of another one after the signal, with which all is well. */
function books(got: Got, received: Received | undefined, sent = 1): BothBooks {
  const rejected = received?.submitted === 'stopping' && received.status === 503 ? 1 : 0
  return {
    before: [],
    after: [{ request: 7, sent, got }, another],
    report: {
      received: { 8: { submitted: 'running', status: 200 }, ...(received && { 7: received }) },
      hasClosed: true,
      stop: { ...stop, rejected },
    },
  }
}

describe('the accounts of a round', () => {
  it.each<readonly [what: string, fate: string, rules: Rules, books: BothBooks]>([
    ['an answer', '200', all, books(ok, { submitted: 'running', status: 200 })],
    ['an answer to a task of the first step', '200', all, books(ok, { submitted: 'stopping', status: 200 })],
    ['a framework that refuses', '503 of the framework', refusing, books(busy, { status: 503 })],
    ['a task after stop()', '503 of the application', begun, books(busy, { submitted: 'stopping', status: 503 })],
    ['a task after the stop', '503 of the application', begun, books(busy, { submitted: 'stopped', status: 503 })],
    ['a closed door', 'refused', all, books(shut, undefined, 0)],
    ['a connection closed as the request was written', 'unread', all, books(reset, undefined)],
  ])('have no fault in %s', (_, fate, rules, both) => {
    const { faults, fates } = accountsOf(rules, both)
    expect(faults).toEqual([])
    expect(fates[fate as keyof typeof fates]).toBe(fate === '200' ? 2 : 1) // a name in the table above
  })

  it.each<readonly [what: string, fault: string, rules: Rules, books: BothBooks]>([
    ['a reset of a received request', 'lost', all, books(reset, { submitted: 'running', status: 200 })],
    ['one that the framework received', 'lost', refusing, books(reset, {})],
    ['an answer of 500', 'wrong', all, books(broken, { submitted: 'running', status: 500 })],
    [
      "another one's answer",
      'wrong',
      all,
      books({ status: 200, body: answerTo(9) }, { submitted: 'running', status: 200 }),
    ],
    ['an answer that nobody gave', 'wrong', all, books(ok, undefined)],
    ['a 503 in the first step', '503 of the app', all, books(busy, { submitted: 'stopping', status: 503 })],
    ['a 503 of what was begun', '503 of the app', begun, books(busy, { submitted: 'running', status: 503 })],
    ['a 200 after stop()', '200', begun, books(ok, { submitted: 'stopping', status: 200 })],
    ['a 503 of a framework that has none', '503 of the framework', all, books(busy, { status: 503 })],
    ['a request that was sent again', 'sent 2 times', all, books(ok, { submitted: 'running', status: 200 }, 2)],
  ])('have one in %s', (_, fault, rules, both) => {
    expect(accountsOf(rules, both).faults).toEqual([expect.stringMatching(new RegExp(`^${fault}`))])
  })

  it.each<readonly [what: string, fault: string, change: (both: BothBooks) => BothBooks]>([
    [
      'an error before the signal',
      'refused',
      ({ after, report }) => ({ before: [{ request: 9, sent: 0, got: shut }], after, report }),
    ],
    ['a request that nobody asked', 'received', ({ after, report }) => ({ before: [], after: after.slice(1), report })],
    ['no load', 'idle', ({ after, report }) => ({ before: after, after: [], report })],
    [
      'a report that counts otherwise',
      'rejected: 0, reported: 3',
      ({ after, report }) => ({ before: [], after, report: { ...report, stop: { ...stop, rejected: 3 } } }),
    ],
  ])('have one in %s', (_, fault, change) => {
    const both = change(books(ok, { submitted: 'running', status: 200 }))
    expect(accountsOf(all, both).faults).toEqual([expect.stringMatching(new RegExp(`^${fault}`))])
  })
})
