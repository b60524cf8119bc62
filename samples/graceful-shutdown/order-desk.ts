import { createServer, type Server } from 'node:http'
import type { Piscina } from 'piscina'
import { type Reactor, ReactorStopped } from 'rx-crochet'
import { askAgain, type Reply } from './reply.js'
import type { Timeline } from './timeline.js'

/** The HTTP server: `GET /desk` orders a desk. A thread of the pool handles it, in code that may block. */
export function orderDesk(reactor: Reactor, pool: Piscina<string, Reply>, timeline: Timeline): Server {
  return createServer(async (request, response) => {
    const item = request.url?.slice(1) ?? ''
    const { status, headers, body } = await pool.run(item).catch(replyTo)
    // A client that goes on sending on its connection would keep the server open for ever.
    if (reactor.state !== 'running') response.setHeader('connection', 'close')
    response.writeHead(status, headers).end(body)
    timeline.add(`${item}: ${status}`)
  })
}

/** No thread gave a reply: the task failed; or it came too late to be begun, and another instance can do it. */
function replyTo(error: unknown): Reply {
  return error instanceof ReactorStopped ? askAgain('not begun\n') : { status: 500, body: `${error}\n` }
}
