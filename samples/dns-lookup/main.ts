/**
 * Threads that look up addresses: blocking code in a pool calls an Observable on the main loop.
 *
 * Run: `npm run samples -- dns-lookup`. Prints:
 *
 *     localhost: 127.0.0.1
 *     no-such-host.invalid: getaddrinfo ENOTFOUND no-such-host.invalid
 */
import { promises } from 'node:dns'
import { Reactor } from 'rx-crochet'
import { defer } from 'rxjs'

const reactor = new Reactor()
export const dns = { lookup: (host: string) => defer(() => promises.lookup(host, { family: 4 })) }
reactor.expose('dns', dns)

const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })
for (const host of ['localhost', 'no-such-host.invalid']) {
  const line = await pool.run(host).catch((error: Error) => error.message)
  process.stdout.write(`${host}: ${line}\n`)
}

await reactor.stop()
