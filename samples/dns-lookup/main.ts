/**
 * Threads that look up names: blocking code in a pool calls an Observable and an async function on the main loop.
 *
 * Run: `npm run samples -- dns-lookup`. Prints:
 *
 *     www.example.org: 192.0.2.7, whose name is www.example.org
 *     no-such-host.example.org: queryA ENOTFOUND no-such-host.example.org
 */
import { Resolver } from 'node:dns/promises'
import { Reactor } from 'rx-crochet'
import { defer } from 'rxjs'
import { startNameServer } from './name-server.js'

const resolver = new Resolver()
resolver.setServers([await startNameServer()])

const reactor = new Reactor()
export const dns = {
  lookup: (host: string) => defer(() => resolver.resolve4(host)),
  reverse: async (address: string) => (await resolver.reverse(address))[0],
}
reactor.expose('dns', dns)

const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })
for (const host of ['www.example.org', 'no-such-host.example.org']) {
  const line = await pool.run(host).catch((error: Error) => error.message)
  process.stdout.write(`${host}: ${line}\n`)
}

await reactor.stop()
