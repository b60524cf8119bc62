/**
 * A program of its own, and a thread's: imports what a calling thread does, and says how long that took, in ms. With
 * `--files` it says which files that loaded, as JSON; being watched by a debugger takes its time.
 */
import type { Session } from 'node:inspector'

const isForFiles = process.argv.includes('--files')
const files: string[] = []
const session = isForFiles ? await watch() : undefined
const begin = performance.now()
await import('rx-crochet/caller')
const took = performance.now() - begin
session?.disconnect()
// Not before: it is one of the modules that the import may have to load.
const { parentPort } = await import('node:worker_threads')
if (parentPort) parentPort.postMessage(took)
else process.stdout.write(isForFiles ? JSON.stringify(files.filter(isLoaded)) : `${took}`)

async function watch(): Promise<Session> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  session.connect()
  session.on('Debugger.scriptParsed', ({ params }) => files.push(params.url))
  session.post('Debugger.enable')
  return session
}

/** Neither this program's, nor Node's. */
function isLoaded(url: string): boolean {
  return url !== '' && !url.startsWith('node:') && url !== import.meta.url
}
