import type { Piscina } from 'piscina'
import { Reactor, type ReactorOptions } from 'rx-crochet'

/** What the threads of the benchmark's pools run. */
export const tasks = new URL('./tasks.js', import.meta.url).href

/** A reactor, and a pool of its own. */
export interface Started {
  readonly reactor: Reactor
  readonly pool: Piscina
}

/** @param services - By the names under which the tasks call them. */
export function start(
  threads: number,
  services: Readonly<Record<string, object>>,
  options: ReactorOptions = {},
): Started {
  const reactor = new Reactor(options)
  for (const [name, service] of Object.entries(services)) reactor.expose(name, service)
  return { reactor, pool: reactor.createPool({ filename: tasks, minThreads: threads, maxThreads: threads }) }
}
