import type { Observable } from 'rxjs'
import { optionsOf } from '../protocol/options.js'
import { Observable as RxObservable } from '../reactor/rxjs.js'
import { type Executor, type TaskOptions, taskSettings } from './executor.js'
import { runTask } from './pool-task.js'

/**
 * A task of a pool, as a cold Observable: each subscription has it run once more. It emits the task's result and completes; or
 * whatever an {@link emitting} task yields; or the task's failure.
 *
 * Unsubscribing cancels the task. In the threads of a Piscina that is cooperative first: the task's next blocking call, the one
 * in which it sleeps, and `throwIfCancelled()` throw `CancelledError`, and `isCancelled()` says so. A task that doesn't end within
 * `grace` ms is ended by terminating its thread. Another executor is told by the `signal` that it is given, at once.
 *
 * Each task has a thread to itself, also if the pool has `concurrentTasksPerWorker`; so what terminates or crashes that thread
 * fails this task and no other.
 *
 * @example
 * ```ts
 * fromPool<string, Thumbnail>(pool, file).pipe(retry(2), takeUntil(reactor.shutdown$)).subscribe(show)
 * ```
 * @param pool - A Piscina, or anything with its `run(task, { signal, name, filename })`.
 * @param task - What the worker's function is given. With `move()` it can be run just once.
 * @param options - Which function is to run, and how long a cancelled task may take, in ms.
 * @throws TypeError or RangeError that names what is wrong with the arguments.
 * @see offload
 */
export function fromPool<Task, Result>(
  pool: Executor<Task, Result>,
  task: Task,
  options: TaskOptions = {},
): Observable<Result> {
  const settings = taskSettings(pool, optionsOf(options, 'fromPool()'), 'fromPool')
  return new RxObservable((subscriber) => {
    const running = runTask(pool, task, settings, {
      value: (value, taken) => {
        subscriber.next(value)
        taken()
      },
      error: (thrown) => subscriber.error(thrown),
      complete: () => subscriber.complete(),
    })
    return () => running.cancel()
  })
}
