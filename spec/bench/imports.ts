import { once } from 'node:events'
import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { type Figure, median } from './figures.js'
import { outputOf } from './programs.js'
import { PROCESSES } from './rounds.js'

/** In ms. */
const MOST_TO_IMPORT = 10
/** In kB: each takes a thread time to read. */
const MOST_JAVASCRIPT = 250
const PACKAGE = new URL('../../package/', import.meta.url).href

/** How long a fresh process, and a fresh thread, take to import what a caller needs; and whether that is all they load. */
export async function importsOfCaller(): Promise<Figure[]> {
  const inProcess: number[] = []
  const inThread: number[] = []
  for (let i = 0; i < PROCESSES; i++) {
    inProcess.push(Number(await outputOf('import-caller')))
    inThread.push(await importInThread())
  }
  const files: string[] = JSON.parse(await outputOf('import-caller', '--files'))
  const own = files.filter((url) => url.startsWith(PACKAGE))
  const foreign = files.filter((url) => !url.startsWith(PACKAGE))
  const what = "import 'rx-crochet/caller'"
  const time = { unit: 'ms', beside: { name: 'bound', value: MOST_TO_IMPORT }, atMost: 1 }
  return [
    { ...time, what: `${what} in a new process, median`, ours: median(inProcess) },
    { ...time, what: `${what} in a new thread, median`, ours: median(inThread) },
    {
      what: `${what}, files loaded of others${foreign.length > 0 ? `: ${foreign.join(', ')}` : ''}`,
      unit: 'files',
      ours: foreign.length,
      beside: { name: 'bound', value: 0 },
      atMost: 1,
    },
    {
      what: `${what}, JavaScript loaded`,
      unit: 'kB',
      ours: own.reduce((sum, url) => sum + statSync(new URL(url)).size, 0) / 1_000,
      beside: { name: 'bound', value: MOST_JAVASCRIPT },
      atMost: 1,
    },
  ]
}

/** How long a fresh process takes to import what an application does, beside the two packages that it bridges. */
export async function importOfAll(): Promise<Figure> {
  const ours: number[] = []
  const peers: number[] = []
  for (let i = 0; i < PROCESSES; i++) {
    ours.push(Number(await outputOf('import-packages', 'rx-crochet')))
    peers.push(Number(await outputOf('import-packages', 'rxjs', 'piscina')))
  }
  const beside = { name: 'rxjs and piscina', value: median(peers) }
  return { what: "import 'rx-crochet' in a new process, median", unit: 'ms', ours: median(ours), beside, atMost: 1 }
}

async function importInThread(): Promise<number> {
  const thread = new Worker(new URL('./import-caller.js', import.meta.url))
  let took: number | undefined
  thread.once('message', (message: number) => {
    took = message
  })
  // A thread that has ended hands out its messages then, so to wait for both one after the other could miss the end.
  await once(thread, 'exit')
  if (took === undefined) throw new Error("the thread has ended, and hasn't said how long the import took")
  return took
}
