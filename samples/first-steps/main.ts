/**
 * The first steps of the README: a thread of a pool asks the main loop for the address of a host.
 *
 * Run: `npm run samples -- first-steps`. Prints:
 *
 *     localhost is at 127.0.0.1
 */
import { Reactor } from 'rx-crochet'
import { dns } from './dns.js'

const reactor = new Reactor()
reactor.expose('dns', dns)
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href })

console.log(await pool.run('localhost'))
await reactor.stop()
