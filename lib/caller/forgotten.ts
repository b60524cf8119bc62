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

/** Those that were watched in a row. */
class Watched {
  #isOver = false
  readonly #registry = new FinalizationRegistry((delivery: Delivery) => {
    if (!this.#isOver) delivery.lost()
  })

  add(call: object, delivery: Delivery): void {
    this.#registry.register(call, delivery, call)
  }

  delete(call: object): boolean {
    return this.#registry.unregister(call)
  }

  /** For good; a registry that nobody has any more may call back all the same. */
  end(): void {
    this.#isOver = true
  }
}

let young = new Watched()
let old = new Watched()
let count = 0

/** Tells the delivery when nobody has the call any more, if that can be found out. */
export function watch(call: object, delivery: Delivery): void {
  if (count >= MOST) {
    old.end()
    old = young
    young = new Watched()
    count = 0
  }
  count += 1
  young.add(call, delivery)
}

export function unwatch(call: object): void {
  if (!young.delete(call)) old.delete(call)
}

/** Looks out for none of those before: somebody else has said that nobody looks at them. */
export function watchNone(): void {
  if (count === 0) return
  young.end()
  old.end()
  young = new Watched()
  old = new Watched()
  count = 0
}
