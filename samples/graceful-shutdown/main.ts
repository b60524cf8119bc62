/**
 * A server is sent SIGTERM while requests are in flight in blocking code, each with two calls to make: those done within its
 * grace get their answer, the others are told to ask again, and nobody hangs. The server proper is in `server.ts`, and can be
 * run by hand.
 *
 * Run: `node dist/samples/graceful-shutdown/main.js`. Prints (port, times and the order of neighbours differ):
 *
 *     server |          listening on http://127.0.0.1:36695
 *     server |          pencil: the warehouse looks for it
 *     server |          pencil: 200
 *     server |          desk: the warehouse looks for it
 *     server |          unicorn: the warehouse looks for it
 *     server |          desk: the warehouse looks for it
 *     server |          unicorn: the warehouse looks for it
 *     server |    0 ms  before: no new connections; 4 calls unfinished
 *     server |  334 ms  desk: 200
 *     server |  335 ms  desk: 200
 *     server |  502 ms  shutdown$: the grace is over, all calls have ended
 *     server |  502 ms  during: the pool is drained next
 *     server |  503 ms  unicorn: 503
 *     server |  503 ms  unicorn: 503
 *     server |  512 ms  after: all replies are sent, all connections closed
 *     server |  512 ms  stopped: {"interrupted":2,"rejected":0,"drained":4,"terminated":0,"unretrieved":0,"durationMs":512.4}
 *     client | pencil: 200 pencil in a box, from shelf A1
 *     client | desk: 200 desk in a box, from shelf C7
 *     client | desk: 200 desk in a box, from shelf C7
 *     client | unicorn: 503 (Retry-After: 5) broken off
 *     client | unicorn: 503 (Retry-After: 5) broken off
 *     the server ended by SIGTERM
 */
import { filter, firstValueFrom, skip } from 'rxjs'
import { launch } from './launch.js'

using server = await launch()
server.lines.subscribe((line) => process.stdout.write(`server | ${line}\n`))

const items = ['pencil', 'desk', 'desk', 'unicorn', 'unicorn']
const answers = items.map(order)
await inFlight(items.length)
server.kill('SIGTERM')

const end = await server.end
for (const answer of answers) process.stdout.write(await answer)
process.stdout.write(`the server ended by ${end}\n`)

async function order(item: string): Promise<string> {
  const response = await fetch(`${server.origin}/${item}`)
  const retryAfter = response.headers.get('retry-after')
  const hint = retryAfter === null ? '' : ` (Retry-After: ${retryAfter})`
  return `client | ${item}: ${response.status}${hint} ${await response.text()}`
}

/** Until the server is so far with that many requests. */
async function inFlight(requests: number): Promise<void> {
  const looking = server.lines.pipe(filter((line) => line.endsWith('the warehouse looks for it')))
  await firstValueFrom(looking.pipe(skip(requests - 1)))
}
