// A user's program, for check-package: prints what a worker thread got from a reactive function.

import { Reactor } from 'rx-crochet'
import { of } from 'rxjs'

const reactor = new Reactor()
reactor.expose('math', { double: (x) => of(2 * x) })
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 1 })

console.log(await pool.run(21))
await reactor.stop()
