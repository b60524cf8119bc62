/** Calls that begin one another, as a poller does: none of those that have ended is kept. */
import { currentCall, eventual, Reactor } from 'rx-crochet'
import { afterEach, expect, it } from 'vitest'
import { Deferred } from '../fixtures/lifecycle-support.js'

const ROUNDS = 1_000
/** Some of the last ones may still be in use, in the loop's own records. All would be kept if they kept one another. */
const FEW = ROUNDS / 10

let reactor: Reactor

afterEach(() => reactor.stop())

it.each(['at once', 'behind an await'])('lets go of calls that have begun others: %s', async (when) => {
  reactor = new Reactor({ logLevel: 'silent' })
  const calls: WeakRef<object>[] = []
  const last = new Deferred()
  const poller = eventual<{ poll(): unknown }>('poller')
  const poll = async (): Promise<void> => {
    calls.push(new WeakRef(currentCall()))
    if (when === 'behind an await') await undefined
    if (calls.length < ROUNDS) poller.poll()
    else last.resolve()
    if (calls.length === ROUNDS) await new Promise<never>(() => undefined)
  }
  reactor.expose('poller', { poll })
  poller.poll()
  await last.promise
  const alive = (): number => calls.filter((call) => call.deref() !== undefined).length
  // In turns of their own, for looking at a WeakRef keeps its object to the end of the turn.
  for (let look = 0; look < 100 && alive() > FEW; look++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    globalThis.gc?.()
  }
  expect(alive()).toBeLessThanOrEqual(FEW)
})
