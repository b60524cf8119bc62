import { on, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'

export interface SlowSource extends AsyncDisposable {
  readonly url: string
  /** Ends the oldest download, once there is one. Without a text it breaks off. */
  finish(text?: string): Promise<void>
}

/** A web server that answers when it is told to. */
export async function startSlowSource(): Promise<SlowSource> {
  const server = createServer()
  const requests = on(server, 'request')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')

  return {
    url: `http://127.0.0.1:${address.port}/`,
    async finish(text) {
      const { value } = await requests.next()
      const [, response]: [request: unknown, response: ServerResponse] = value
      if (text === undefined) response.destroy()
      else response.end(text)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
