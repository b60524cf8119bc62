/**
 * A web page that shows what is refreshed behind it. Threads render the page, in code that blocks; the main loop refreshes.
 *
 * Run: `npm run samples -- scheduled-refresh`. Prints:
 *
 *     <p>A euro is 1.08 dollars.</p>
 *     <p>A euro is 1.09 dollars.</p>
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Reactor } from 'rx-crochet'
import { defer, filter, firstValueFrom, of } from 'rxjs'
import { ExchangeRate } from './exchange-rate.js'

let dollars = 1.08
const askMarket = () => defer(() => of(dollars)) // would be a request

await using reactor = new Reactor()
const rate = new ExchangeRate(askMarket, 20, reactor.shutdown$)
reactor.expose('rate', rate) // its public methods

const pool = reactor.createPool<void, string>({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })
const server = createServer(async (_, response) => response.end(await pool.run()))
reactor.onShutdown('before', () => void server.close())
server.listen(0, '127.0.0.1')
await once(server, 'listening')

await visit()
dollars = 1.09
await firstValueFrom(rate.latest().pipe(filter((latest) => latest === dollars)))
await visit()

async function visit(): Promise<void> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const response = await fetch(`http://127.0.0.1:${address.port}`, { headers: { connection: 'close' } })
  process.stdout.write(await response.text())
}
