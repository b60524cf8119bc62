/** A server of plain `node:http`. */
import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { Application, signalled, statusFor } from './application.js'

export async function serve(hook: string): Promise<Server> {
  const application = new Application(hook.startsWith('`before`') ? signalled : {})
  const server = createServer(async ({ url = '' }, response) => {
    const { status, body } = await application.answer(Number(url.slice(1))).then(
      (body) => ({ status: 200, body }),
      (error) => ({ status: statusFor(error), body: String(error) }),
    )
    response.shouldKeepAlive = application.keepsAlive(server)
    response.writeHead(status).end(body)
  })
  application.books.watch(server)
  const closed = promisify(server.close.bind(server))

  switch (hook) {
    case '`before` returns the server':
      application.reactor.onShutdown('before', () => server.close())
      break
    case '`before` returns a promise':
      application.reactor.onShutdown('before', closed)
      break
    case 'stop() when it has closed':
      process.once('SIGTERM', async () => {
        await closed()
        await application.stop()
      })
      break
    default:
      throw new Error(`\`${hook}\` is none of its patterns`)
  }
  return server.listen(0, '127.0.0.1')
}
