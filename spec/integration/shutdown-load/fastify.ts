/** A server of Fastify. */
import type { Server } from 'node:http'
import { type FastifyInstance, fastify } from 'fastify'
import { Application, signalled, statusFor } from './application.js'

export async function serve(hook: string): Promise<Server> {
  const application = new Application(hook.startsWith('`before`') ? signalled : {})
  const app = fastify()
  app.get<{ Params: { request: number } }>('/:request', ({ params }) => application.answer(Number(params.request)))
  app.setErrorHandler((error, _request, reply) => reply.code(statusFor(error)).send(String(error)))
  application.books.watch(app.server)

  switch (hook) {
    case '`before` closes the app':
      application.reactor.onShutdown('before', () => app.close())
      break
    case 'stop() in preClose':
      app.addHook('preClose', () => application.stop())
      closeAtSignal(app)
      break
    case 'stop() in onClose':
      // By then the server has closed, and with it all connections.
      app.addHook('onClose', () => application.stop())
      closeAtSignal(app)
      break
    default:
      throw new Error(`\`${hook}\` is none of its patterns`)
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

function closeAtSignal(app: FastifyInstance): void {
  process.once('SIGTERM', () => void app.close())
}
