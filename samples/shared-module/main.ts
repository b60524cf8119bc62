/**
 * The spelling closest to Crochet's decorators: functions of a module that both sides import.
 *
 * Run: `npm run samples -- shared-module`. Prints:
 *
 *     from the pool: 127.0.0.1, 127.0.0.1
 *     from the main loop: 127.0.0.1
 */
import { Reactor } from 'rx-crochet'
import { eventualLookup } from './lookups.js'

await using reactor = new Reactor()
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 1 })

const addresses: string[] = await pool.run(['localhost'])
process.stdout.write(`from the pool: ${addresses.join(', ')}\n`)

const { address } = await eventualLookup('localhost').asPromise() // the main loop never blocks, so it awaits
process.stdout.write(`from the main loop: ${address}\n`)
