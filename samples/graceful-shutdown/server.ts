/**
 * The program that is shut down. By hand:
 *
 *     node dist/samples/graceful-shutdown/server.js 3000    # ms of grace; prints its address
 *     curl -i http://127.0.0.1:PORT/unicorn                 # in another terminal; then Ctrl-C in the first one
 */
import { once } from 'node:events'
import { Reactor } from 'rx-crochet'
import { orderDesk } from './order-desk.js'
import type { Reply } from './reply.js'
import { Timeline } from './timeline.js'
import { openWarehouse } from './warehouse.js'

const timeline = new Timeline()
const grace = Number(process.argv[2] ?? 500)
const reactor = new Reactor({ signals: ['SIGTERM', 'SIGINT'], stop: { grace, drainTimeout: 1_000 } })
reactor.expose('warehouse', openWarehouse(timeline))

const filename = new URL('./worker.js', import.meta.url).href
const pool = reactor.createPool<string, Reply>({ filename, minThreads: 4, maxThreads: 4 })
const server = orderDesk(reactor, pool, timeline)
const closed = once(server, 'close')

reactor.onShutdown('before', () => {
  timeline.begin()
  server.close() // Requests in flight go on, within the grace. To wait for them as long as all still works, return the server.
  timeline.add(`before: no new connections; ${reactor.pending().length} calls unfinished`)
})
reactor.shutdown$.subscribe(() => {
  timeline.add('shutdown$: the grace is over, all calls have ended')
  // Gives the promise of the shutdown under way. In a trigger it would be refused, for the shutdown waits for those.
  void reactor.stop().then((report) => timeline.add(`stopped: ${JSON.stringify(report)}`))
})
reactor.onShutdown('during', () => timeline.add('during: the pool is drained next'))
reactor.onShutdown('after', async () => {
  await closed // Otherwise the process might end before the last replies are sent.
  timeline.add('after: all replies are sent, all connections closed')
})

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the server has no port')
timeline.add(`listening on http://127.0.0.1:${address.port}`)
