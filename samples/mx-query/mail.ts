/** Runs in the reactor's thread. */
import { Resolver } from 'node:dns/promises'
import { defer, map, type Observable } from 'rxjs'
import { startNameServer } from '../dns-lookup/name-server.js'

const resolver = new Resolver()

/** The mail servers of a domain, the preferred ones first. */
export function servers(domain: string): Observable<string[]> {
  return defer(() => resolver.resolveMx(domain)).pipe(
    map((records) => records.toSorted((a, b) => a.priority - b.priority).map(({ exchange }) => exchange)),
  )
}

export async function useLocalServer(): Promise<void> {
  resolver.setServers([await startNameServer()])
}
