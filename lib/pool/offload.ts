import type { Observable, ObservableInput } from 'rxjs'
import { optionsOf } from '../protocol/options.js'
import { shown } from '../protocol/shown.js'
import { Observable as RxObservable } from '../reactor/rxjs.js'
import { type Executor, type TaskOptions, taskSettings, threadsOf, wholeNumber } from './executor.js'
import { Offloading } from './offloading.js'

/** How tasks are offloaded, and each of them run. */
export interface OffloadOptions extends TaskOptions {
  /** How many tasks may be under way at once. At least 1, or `Infinity`; default: as many as the pool has threads at the most. */
  concurrency?: number
  /** Whether results come in the order of the source. Default `false`: as tasks finish. */
  ordered?: boolean
}

/**
 * An operator that has a pool run a task for each value of the source, and emits what the tasks give: their results, or what
 * {@link emitting} tasks yield. As `mergeMap` of `fromPool`: the first failure, of a task or of the source, is the end, and
 * cancels the others; unsubscribing cancels all.
 *
 * The pool never has more than `concurrency` of its tasks, running or queued. With `ordered`, a task that is done keeps its place
 * until those before it are done.
 *
 * **Backpressure.** Given an iterable or an async iterable itself, as in `offload(pool)(files())`, it takes a value when there is
 * room for it, and calls `return()` when it ends before. An Observable can't be slowed down: in a `pipe` what it emits waits here,
 * as in `mergeMap`.
 *
 * **Shutdown.** When the reactor of the pool stops, and begins no new tasks, nothing more is taken from the source. What was begun
 * gives its results; then the Observable ends with `ReactorStopped`, or completes if the source had ended. Subscribed by code of a
 * call, it goes on for as long as that call may.
 *
 * @example
 * ```ts
 * from(files).pipe(offload(pool, { ordered: true })).subscribe(show)
 * ```
 * @param pool - A Piscina, or anything with its `run(task, { signal, name, filename })`.
 * @param options - How many tasks at once, in which order their results come, and as for `fromPool`.
 * @throws TypeError or RangeError that names what is wrong with the arguments.
 * @see fromPool
 */
export function offload<Task, Result>(
  pool: Executor<Task, Result>,
  options: OffloadOptions = {},
): (source: ObservableInput<Task>) => Observable<Result> {
  const own = optionsOf(options, 'offload()')
  const settings = taskSettings(pool, own, 'offload')
  const { concurrency = threadsOf(pool), ordered = false } = own
  wholeNumber('options.concurrency of offload()', concurrency, Number.POSITIVE_INFINITY)
  if (typeof ordered !== 'boolean') {
    throw new TypeError(`options.ordered of offload() is \`${shown(ordered)}\`; it must be a boolean`)
  }
  return (source) =>
    new RxObservable((subscriber) => {
      const offloading = new Offloading(pool, settings, { concurrency, ordered }, source, subscriber)
      // Before it begins, for that may be the end.
      subscriber.add(() => offloading.close())
      offloading.begin()
    })
}
