import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface DemoServer extends AsyncDisposable {
  readonly origin: string
}

type Page = (request: IncomingMessage, response: ServerResponse) => void

/** A web server on the loopback interface with a page for everything that a link checker meets. */
export async function startDemoServer({ slowness }: { readonly slowness: number }): Promise<DemoServer> {
  const pages = new Map<string, Page>([
    ['/good', ok],
    ['/flaky', failingOnce()],
    ['/failing', (_, response) => response.writeHead(500).end()],
    ['/slow', (request, response) => setTimeout(ok, slowness, request, response)],
    ['/silent', () => {}],
    ['/moved', redirect('/good')],
    ['/moved-away', redirect('/missing')],
    ['/chicken', redirect('/egg')],
    ['/egg', redirect('/chicken')],
    ['/no-head', (request, response) => response.writeHead(request.method === 'HEAD' ? 405 : 200).end()],
  ])

  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '') ?? notFound
    page(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the demo server has no port')

  return {
    origin: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const ok: Page = (_, response) => response.writeHead(200).end()
const notFound: Page = (_, response) => response.writeHead(404).end()

function redirect(location: string): Page {
  return (_, response) => response.writeHead(302, { location }).end()
}

function failingOnce(): Page {
  let failed = false
  return (_, response) => {
    response.writeHead(failed ? 200 : 503).end()
    failed = true
  }
}
