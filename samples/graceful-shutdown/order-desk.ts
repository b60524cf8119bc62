import { createServer, type Server } from 'node:http'
import type { Piscina } from 'piscina'
import { ReactorStopped } from 'rx-crochet'
import { askAgain, type Reply } from './reply.js'
import type { Timeline } from './timeline.js'

/** The HTTP server: `GET /desk` orders a desk. A thread of the pool handles it, in code that may block. */
export function orderDesk(pool: Piscina<string, Reply>, timeline: Timeline): Server {
  const server = createServer(async (request, response) => {
    const item = request.url?.slice(1) ?? ''
    const { status, headers, body } = await pool.run(item).catch(replyTo)
    // Once the server is closing, a connection that its client keeps alive would hold that up for seconds.
    response.shouldKeepAlive = server.listening
    response.writeHead(status, headers).end(body)
    timeline.add(`${item}: ${status}`)
  })
  return server
}

/** No thread gave a reply: the task failed, or was still in the queue when the pool was drained. */
function replyTo(error: unknown): Reply {
  return error instanceof ReactorStopped ? askAgain('not begun\n') : { status: 500, body: `${error}\n` }
}
