import { AlreadyInUseError } from '../errors.js'
import { type LocalReactor, thisThread } from '../protocol/thread.js'
import type { ReactorOptions } from './options.js'
import { Reactor } from './reactor.js'

/** What `noSetup()` has made, and how it stands among the reactors of this thread until it is asked to stop. */
let made: { readonly reactor: Reactor; readonly local: LocalReactor | undefined } | undefined

/**
 * Says that this thread's loop is the reactor, and returns that; `setup()` does nothing from then on. Asking again gives the same one,
 * until it is asked to stop. In the thread of a reactor that `setup()` started, it gives that.
 *
 * @param options - As for `new Reactor()`; only of the call that makes it.
 * @throws AlreadyInUseError in a thread that called `setup()`, or if there are options for a reactor that is there already.
 *
 * @example
 * ```ts
 * const reactor = noSetup({ signals: ['SIGTERM'] })
 * ```
 */
export function noSetup(options?: ReactorOptions): Reactor {
  if (thisThread.managed?.isOver === false) {
    throw new AlreadyInUseError(
      'noSetup() came after setup(), which has started a reactor in a thread of its own; call noSetup() first, or stop() of what setup() returned',
    )
  }
  if (made?.local !== undefined && thisThread.reactors.includes(made.local)) {
    if (options === undefined) return made.reactor
    throw new AlreadyInUseError(
      "noSetup() has made this thread's reactor already, so it takes no options; give them to the first call",
    )
  }
  const reactor = new Reactor(options)
  made = { reactor, local: thisThread.reactors.at(-1) }
  return reactor
}
