/**
 * Finds out which failures nobody can look at any more, because the garbage collector has taken the handles on their calls.
 *
 * @module
 */
import type { Delivery } from '../protocol/thread.js'

/**
 * After so many failures those before are looked out for no more. The loop of a thread that is busy, or is one of a Piscina, may never
 * turn, and then finalizers don't run, and what they are to be given piles up. The reactor logs these failures in its own time.
 */
const MOST = 10_000

type Registry = FinalizationRegistry<Delivery>

let young = registry()
let old = registry()
let count = 0

/** Tells the delivery when nobody has the call any more, if that can be found out. */
export function watch(call: object, delivery: Delivery): void {
  if (count >= MOST) {
    old = young
    young = registry()
    count = 0
  }
  count += 1
  young.register(call, delivery, call)
}

export function unwatch(call: object): void {
  if (!young.unregister(call)) old.unregister(call)
}

/** Looks out for none of those before: somebody else has said that nobody looks at them. */
export function watchNone(): void {
  if (count === 0) return
  young = registry()
  old = registry()
  count = 0
}

function registry(): Registry {
  return new FinalizationRegistry((delivery) => delivery.lost())
}
