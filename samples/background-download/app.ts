/** The main loop: web server and sessions. */
import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import { fastify } from 'fastify'
import { Reactor } from 'rx-crochet'
import { downloads } from './downloads.js'
import type { Page, Visit } from './worker.js'

export interface App extends AsyncDisposable {
  readonly url: string
}

/** @param source - What is downloaded. */
export async function startApp(source: string): Promise<App> {
  const reactor = new Reactor()
  reactor.expose('downloads', downloads)
  const pool = reactor.createPool<Visit, Page>({
    filename: new URL('./worker.js', import.meta.url).href,
    maxThreads: 2,
  })

  const app = fastify({ forceCloseConnections: true })
  app.register(cookie, { secret: randomBytes(32).toString('hex') })
  app.get('/', async (request, reply) => {
    const session = request.unsignCookie(request.cookies.download ?? '')
    const page = await pool.run({ source, uid: session.valid ? session.value : undefined })
    if (page.uid === undefined) reply.clearCookie('download')
    else reply.setCookie('download', page.uid, { signed: true, httpOnly: true, sameSite: 'strict' })
    return reply.type('text/plain').send(page.text)
  })
  reactor.onShutdown('after', () => app.close())

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, [Symbol.asyncDispose]: () => reactor[Symbol.asyncDispose]() }
}
