import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { filter, firstValueFrom, from, map, type Observable, shareReplay } from 'rxjs'

export interface Launched extends Disposable {
  readonly origin: string
  /** What the server prints, from its first line on, however late one subscribes. */
  readonly lines: Observable<string>
  /** The signal or the status that the process ended with. */
  readonly end: Promise<string | number | null>
  kill(signal: NodeJS.Signals): void
}

const program = fileURLToPath(new URL('./server.js', import.meta.url))

/** Starts `server.js` in a process of its own. Who waits for a line of it can't miss it, and need not sleep. */
export async function launch(...args: string[]): Promise<Launched> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = once(child, 'close').then(() => child.signalCode ?? child.exitCode)
  const lines = from(createInterface({ input: child.stdout })).pipe(shareReplay())
  const origins = lines.pipe(
    filter((line) => line.includes('listening on ')),
    map((line) => line.replace(/.*listening on /, '')),
  )
  return {
    origin: await firstValueFrom(origins),
    lines,
    end,
    kill: (signal) => child.kill(signal),
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  }
}
