/** What the functions ask. Here it runs in the reactor's thread, too; anywhere would do but in a thread that blocks. */
import { once } from 'node:events'
import { createServer } from 'node:http'

const rates = new Map([
  ['/EUR', 1],
  ['/CHF', 0.94],
  ['/GBP', 0.86],
  ['/JPY', 163.2],
])
const failsOnce = new Set(['/JPY'])

const server = createServer(({ url = '' }, response) => {
  if (url === '/NEVER') return // gets no answer
  const rate = rates.get(url)
  const status = failsOnce.delete(url) ? 503 : rate === undefined ? 404 : 200
  process.stdout.write(`server: ${url} ${status}\n`)
  response.writeHead(status).end(`${rate}`)
})

/** @returns Its address. */
export async function listen(): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}
