/**
 * A program whose tests are the sample: `unit-testing.spec.ts`.
 *
 * Run: `npm run samples -- unit-testing`. Prints:
 *
 *     worth 130
 */
import { Reactor } from 'rx-crochet'
import type { Shares } from './worth.js'

await using reactor = new Reactor()
const filename = new URL('./worth.js', import.meta.url).href
const pool = reactor.createPool<Shares, number>({ filename, maxThreads: 1 })
process.stdout.write(`worth ${await pool.run({ ACME: 5, BOLT: 10 })}\n`)
