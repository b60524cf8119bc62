import { once } from 'node:events'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { benchmarked } from './benchmarked.js'
import { type Figure, median } from './figures.js'
import { outputOf } from './programs.js'
import { LOADS } from './rounds.js'
import { Stage } from './stage.js'
import { start } from './start.js'

const THREADS = 4
/** In ms. */
const MEASURED = 1_000
/** In ms. */
const MOST_DELAY = 5
/** Of the requests that are answered with as many busy threads that don't call. */
const LEAST_REQUESTS = 0.5

type Load = 'floods' | 'computes'

/** How late the main loop is, and what else gets done there, while threads flood it; beside as many that compute. */
export async function floodedLoop(): Promise<Figure[]> {
  const delay: Record<Load, number[]> = { floods: [], computes: [] }
  const requests: Record<Load, number[]> = { floods: [], computes: [] }
  const { reactor, pool } = start(THREADS, { benchmarked })
  const under = async <Measured>(load: Load, measure: () => Promise<Measured>): Promise<Measured> =>
    (await new Stage().run<Measured, unknown>(pool, load, measure)).measured
  try {
    for (let round = 0; round < LOADS; round++) {
      for (const load of ['floods', 'computes'] as const) {
        delay[load].push(await under(load, loopDelay))
        requests[load].push(await under(load, requestsASecond))
      }
    }
  } finally {
    await reactor.stop()
  }
  const flooded = `main loop while ${THREADS} threads flood it`
  const busy = `with ${THREADS} threads that compute`
  const late = { what: `${flooded}, event-loop delay p99, median round`, unit: 'ms', ours: median(delay.floods) }
  return [
    { ...late, beside: { name: 'bound', value: MOST_DELAY }, atMost: 1 },
    { ...late, beside: { name: busy, value: median(delay.computes) } },
    {
      what: `${flooded}, HTTP requests answered, median round`,
      unit: '/s',
      ours: median(requests.floods),
      beside: { name: busy, value: median(requests.computes) },
      atLeast: LEAST_REQUESTS,
    },
  ]
}

/** The p99, in ms. */
async function loopDelay(): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(MEASURED)
  delay.disable()
  return delay.percentile(99) / 1e6
}

async function requestsASecond(): Promise<number> {
  const server = createServer((_, response) => response.end('answered')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  try {
    return Number(await outputOf('http-client', `${address.port}`, `${MEASURED}`))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
