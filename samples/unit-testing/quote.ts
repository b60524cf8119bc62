/** Reactive code, under test: a function of a module that both sides import. */
import { waitFor } from 'rx-crochet/caller'
import { retry, timeout } from 'rxjs'
import { market } from './market.js'

export const quote = waitFor(import.meta, { timeout: 10_000 }, function quote(symbol: string) {
  return market.ask(symbol).pipe(timeout(1_000), retry({ count: 2, delay: 500 }))
})
