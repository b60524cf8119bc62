/**
 * Work that outlives the task that ordered it, as of a web page that is asked for again; and a failure that arrives whole.
 *
 * Run: `npm run samples -- background-report`. Prints:
 *
 *     warn: waiting for the report {"pool":"worker.js","settled":false}
 *     3 rows
 *     at most 1000, said build, called by overdo
 */
import { type Logger, Reactor } from 'rx-crochet'
import { map, type Observable, Subject } from 'rxjs'
import { QuotaError } from './quota-error.js'

const finish = new Subject<void>()
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (details, message) => {
    process.stdout.write(`warn: ${message} ${JSON.stringify({ ...details, thread: undefined })}\n`)
    finish.next() // only now, so that the report isn't done before somebody waits for it
  },
  error: (_, message) => process.stdout.write(`error: ${message}\n`),
  child: () => logger,
}

export const reports = {
  build(rows: number): Observable<string> {
    if (rows > 1_000) throw new QuotaError(1_000)
    return finish.pipe(map(() => `${rows} rows`))
  },
}

await using reactor = new Reactor({ logger })
reactor.expose('reports', reports)
const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })

const uid: string = await pool.run(3, { name: 'order' })
const report: string = await pool.run(uid, { name: 'collect' })
const refusal: string = await pool.run(undefined, { name: 'overdo' })
process.stdout.write(`${report}\n${refusal}\n`)
