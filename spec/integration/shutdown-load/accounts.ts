/**
 * The accounts of a round: each request, by its number, in the books of both sides.
 *
 * What a client sees is not enough. A server may close an idle connection at the moment at which its client writes the next request
 * to it; and when it stops listening, the kernel resets connections that it has taken and the server has not. Such a request is never
 * read. Its client has a reset that no server can spare it, and may ask again elsewhere. (Fastify, closed under this load without any
 * reactor, has it in every other round.) So what counts is whether the server has *received* the request, that is, whether Node has
 * parsed it:
 *
 * | the client has | received | not received |
 * | --- | --- | --- |
 * | a complete answer | its status must be the one that is due | cannot be: a fault |
 * | an error | `lost`: a fault | `refused` if it was never written to a connection, else `unread`; a fault before the signal |
 *
 * Nothing hides behind `unread`. The server has closed when the program ends, as is asserted too, and Node says that of a server when
 * each of its connections has been closed; one that has a request to answer is closed after its answer.
 */
import { answerTo } from './answer.js'
import type { Received } from './books.js'
import type { Exchange } from './client.js'
import { type Pattern, refuses } from './patterns.js'
import type { Round } from './round.js'

/** What became of a request. */
export type Fate = '200' | '503 of the application' | '503 of the framework' | 'refused' | 'unread' | 'lost' | 'wrong'

export interface Accounts {
  /** What must not be, a line each. */
  readonly faults: readonly string[]
  /** How many requests met which. */
  readonly fates: Readonly<Partial<Record<Fate, number>>>
}

export type Rules = Pick<Pattern, 'server' | 'succeed'>
export type BothBooks = Pick<Round, 'before' | 'after' | 'report'>

export function accountsOf(rules: Rules, { before, after, report }: BothBooks): Accounts {
  const faults: string[] = []
  const fates: Partial<Record<Fate, number>> = {}
  const unasked = new Set(Object.keys(report.received))
  const enter = (exchange: Exchange, wasSignalled: boolean): void => {
    const received = report.received[exchange.request]
    unasked.delete(String(exchange.request))
    const fate = fateOf(exchange, received)
    fates[fate] = (fates[fate] ?? 0) + 1
    const isDue = due(rules, received, wasSignalled).includes(fate)
    if (!isDue) faults.push(`${fate}: ${JSON.stringify({ wasSignalled, ...exchange, received })}`)
    if (exchange.sent > 1) faults.push(`sent ${exchange.sent} times: ${exchange.request}`)
  }
  for (const exchange of before) enter(exchange, false)
  for (const exchange of after) enter(exchange, true)
  for (const request of unasked) faults.push(`received, but never asked: ${request}`)

  if (!after.some(({ got }) => 'status' in got && got.status === 200)) faults.push('idle: no request was under way')
  const rejected = Object.values(report.received).filter(isRejected).length
  if (report.stop?.rejected !== rejected) faults.push(`rejected: ${rejected}, reported: ${report.stop?.rejected}`)
  return { faults, fates }
}

function fateOf({ request, sent, got }: Exchange, received: Received | undefined): Fate {
  if ('error' in got) {
    if (received) return 'lost'
    return sent > 0 ? 'unread' : 'refused'
  }
  if (received?.status !== got.status) return 'wrong'
  if (got.status === 503) return received.submitted ? '503 of the application' : '503 of the framework'
  return got.status === 200 && got.body === answerTo(request) ? '200' : 'wrong'
}

/** What may become of a request. */
function due({ server, succeed }: Rules, received: Received | undefined, wasSignalled: boolean): readonly Fate[] {
  if (!received) return wasSignalled ? ['refused', 'unread'] : []
  if (!received.submitted) return refuses(server) && wasSignalled ? ['503 of the framework'] : []
  return succeed === 'all' || received.submitted === 'running' ? ['200'] : ['503 of the application']
}

/** What is refused when the reactor has stopped comes too late for its report. */
function isRejected({ submitted, status }: Received): boolean {
  return submitted === 'stopping' && status === 503
}
