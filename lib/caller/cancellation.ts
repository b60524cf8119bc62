import { CancelledError } from '../errors.js'
import { currentTask } from '../protocol/current-task.js'

/**
 * Whether the task in which this is called was cancelled: whoever had offloaded it, by `fromPool` or `offload`, has unsubscribed.
 * `false` outside of such a task.
 *
 * Beware: a task that was cancelled and doesn't end within `grace` ms is ended by terminating its thread.
 *
 * @example
 * ```ts
 * for (const row of rows) {
 *   if (isCancelled()) return
 *   resize(row)
 * }
 * ```
 * @see throwIfCancelled
 */
export function isCancelled(): boolean {
  return currentTask()?.memory.isCancelled ?? false
}

/**
 * As {@link isCancelled}, for a task that is to unwind by an exception. Each blocking call does the same, before it is begun and
 * while the thread sleeps in it; those too that are made in a `finally`: `eventual` functions still start calls there.
 *
 * @throws CancelledError if the task in which this is called was cancelled.
 *
 * @example
 * ```ts
 * for (const row of rows) {
 *   throwIfCancelled()
 *   resize(row)
 * }
 * ```
 */
export function throwIfCancelled(): void {
  refuseWhenCancelled(() => 'throwIfCancelled()')
}

/** @throws CancelledError if the current task was cancelled. */
export function refuseWhenCancelled(what: () => string): void {
  const task = currentTask()
  if (task?.memory.isCancelled) throw cancelledError(task.name, `${what()} throws this so that it ends`)
}

/** Looks whether the task was cancelled in which this is called. */
export function watchCancellation(): () => boolean {
  // Asked for once: the context doesn't change while the thread sleeps.
  const memory = currentTask()?.memory
  return () => memory?.isCancelled === true
}

function cancelledError(name: string, consequence: string): CancelledError {
  return new CancelledError(`The task ${name} was cancelled: whoever had offloaded it has unsubscribed; ${consequence}`)
}
