/** Imported by both sides. Its functions run in the reactor, whoever calls them. */
import { promises } from 'node:dns'
import { runInReactor, waitFor } from 'rx-crochet/caller'

export const lookup = waitFor(import.meta, { timeout: 5_000 }, function lookup(host: string) {
  return promises.lookup(host, { family: 4 })
})

export const eventualLookup = runInReactor(import.meta, function eventualLookup(host: string) {
  return promises.lookup(host, { family: 4 })
})
