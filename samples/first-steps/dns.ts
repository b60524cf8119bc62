import { promises } from 'node:dns'
import { defer, map, retry } from 'rxjs'

export const dns = {
  addressOf: (host: string) =>
    defer(() => promises.lookup(host, { family: 4 })).pipe(
      retry(2),
      map(({ address }) => address),
    ),
}
