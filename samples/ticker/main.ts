/**
 * Two threads iterate over a live stream of prices, each in a plain `for` loop: one that records every tick, and a slow one that
 * draws, for which only the newest is of use.
 *
 * Run: `npm run samples -- ticker`. Prints:
 *
 *     The fast thread had 100 ticks and missed 0; the last one was number 100, at 1.1099.
 *     The slow thread missed some; the last one was number 100, at 1.1099.
 */
import { Reactor } from 'rx-crochet'
import { market } from './market.js'
import type { Read } from './worker.js'

await using reactor = new Reactor()
reactor.expose('market', market)
const pool = reactor.createPool<void, Read>({
  filename: new URL('./worker.js', import.meta.url).href,
  maxThreads: 2,
})
const [fast, slow] = await Promise.all([pool.run(undefined, { name: 'record' }), pool.run(undefined, { name: 'draw' })])
process.stdout.write(`The fast thread had ${fast.count} ticks and missed ${fast.dropped}; ${lastOf(fast)}\n`)
process.stdout.write(`The slow thread missed ${slow.dropped > 0 ? 'some' : 'none'}; ${lastOf(slow)}\n`)

function lastOf({ last }: Read): string {
  return `the last one was number ${last?.number}, at ${last?.price.toFixed(4)}.`
}
