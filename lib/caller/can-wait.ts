import { workerData } from 'node:worker_threads'
import { NotSetUpError, ReactorThreadError } from '../errors.js'
import { isManagedData } from '../protocol/managed.js'
import { thisThread } from '../protocol/thread.js'
import { refuseWhenCancelled } from './cancellation.js'
import { route } from './route.js'

/**
 * Whether this thread may block: it may not if its loop is a reactor's, for that would wait for itself, nor is there
 * anything to wait for in a main thread that has no reactor.
 *
 * @example
 * ```ts
 * const address = canWait() ? lookups.lookup(host).wait(5_000) : await lookups.lookup(host).asPromise()
 * ```
 */
export function canWait(): boolean {
  return !isReactorThread() && route() !== undefined
}

/**
 * The guard against blocking where that must not be.
 *
 * @param what - Says which call would block, for the message.
 * @throws ReactorThreadError in a reactor thread; NotSetUpError in a main thread without a reactor; CancelledError in a task that was
 * cancelled.
 */
export function refuseWhereNoneMayWait(what: () => string): void {
  if (isReactorThread()) refuseToBlock(what())
  // Where it had one, calls are told that that has stopped.
  if (route() === undefined && !thisThread.hasHadReactor) refuseWithoutReactor(what())
  refuseWhenCancelled(what)
}

/**
 * Whether this thread's loop is that of a reactor that has not stopped, or about to be: where `setup()` starts one, modules
 * given to Node with `--import` are loaded before.
 */
export function isReactorThread(): boolean {
  return thisThread.isReactorThread || isManagedData(workerData)
}

/** @throws ReactorThreadError always. */
function refuseToBlock(what: string): never {
  throw new ReactorThreadError(
    `${what} would block the reactor's own thread, which would then wait for itself for ever; ` +
      'use an `eventual` or `runInReactor` function and `await` its `asPromise()`, or call `.wrapped` directly' +
      // A program that is its own shared module comes here as soon as that is loaded.
      (isManagedData(workerData)
        ? '; this thread loads the modules that it shares with callers, so a program that calls their functions belongs in a file of its own'
        : thisThread.reactors.length === 0
          ? '; its reactor is stopping, and needs the loop for that: `await` its stop() first'
          : ''),
  )
}

/** @throws NotSetUpError always. */
export function refuseWithoutReactor(what: string): never {
  throw new NotSetUpError(
    `${what} was called in the main thread, which has no reactor; call \`setup()\` first if it may block, or make one with \`new Reactor()\` and call from a thread of its pool`,
  )
}
