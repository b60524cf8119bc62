/**
 * The first steps of the README: a thread of a pool asks the main loop for the address of a host.
 *
 * Run: `npm run samples -- first-steps`. Prints:
 *
 *     localhost is at 127.0.0.1
 */
import { promises } from 'node:dns'
import { Reactor } from 'rx-crochet'
import { defer, map, retry } from 'rxjs'

export const dns = {
  addressOf: (host: string) =>
    defer(() => promises.lookup(host, { family: 4 })).pipe(
      retry(2),
      map(({ address }) => address),
    ),
}

const reactor = new Reactor()
reactor.expose('dns', dns)
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href })

console.log(await pool.run('localhost'))
await reactor.stop()
