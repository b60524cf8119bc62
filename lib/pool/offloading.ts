import type { ObservableInput, Subscriber } from 'rxjs'
import * as clock from '../protocol/clock.js'
import { currentActivity, runWithin } from '../reactor/activity.js'
import { Admission } from './admission.js'
import type { Executor, TaskSettings } from './executor.js'
import { type RunningTask, runTask, type Sink } from './pool-task.js'
import { type Taker, type TaskSource, taskSource } from './task-source.js'
import { TaskWindow } from './task-window.js'
import { logUnwanted } from './unwanted.js'

/** How many tasks are under way at once, and in which order their results come. */
export interface WindowSettings {
  readonly concurrency: number
  readonly ordered: boolean
}

/**
 * One subscription of `offload`: takes tasks from a source as there is room for them.
 *
 * ```
 * taking ──the source ends──────▶ finishing ──no task is left──▶ complete
 *    ├─────the reactor closes───▶ finishing ──no task is left──▶ ReactorStopped, in a later turn
 *    └─────a failure, also of a task in `finishing`────────────▶ error
 * ```
 */
export class Offloading<Task, Result> implements Taker<Task> {
  readonly #pool: Executor<Task, Result>
  readonly #settings: TaskSettings
  readonly #source: ObservableInput<Task>
  readonly #subscriber: Subscriber<Result>
  readonly #window: TaskWindow<Task, Result>
  readonly #admission: Admission | undefined
  /** Whose code has subscribed: tasks are begun as its. */
  readonly #activity = currentActivity()
  #tasks: TaskSource | undefined
  #isTaking = true
  /** Why it was broken off, which is what it ends with when no task is left. */
  #broken: { readonly thrown: unknown } | undefined
  #isBreakingOff = false
  #ignoreClose: () => void = () => undefined

  constructor(
    pool: Executor<Task, Result>,
    settings: TaskSettings,
    { concurrency, ordered }: WindowSettings,
    source: ObservableInput<Task>,
    subscriber: Subscriber<Result>,
  ) {
    this.#pool = pool
    this.#settings = settings
    this.#source = source
    this.#subscriber = subscriber
    this.#admission = Admission.of(pool)
    this.#window = new TaskWindow((task, sink) => this.#run(task, sink), concurrency, ordered, {
      value: (value) => subscriber.next(value),
      error: (thrown) => subscriber.error(thrown),
      room: () => {
        if (this.#isTaking) this.#tasks?.pull()
        else this.#endIfDone()
      },
    })
  }

  begin(): void {
    this.#tasks = taskSource(this.#source, this, (error) => this.#leftWith(error))
    const admission = this.#admission
    if (admission !== undefined) {
      if (!admission.admits(this.#activity)) return this.#breakOff(admission)
      this.#ignoreClose = admission.onClose(this.#activity, () => {
        // If the pool was detached meanwhile, it is not this reactor's any more.
        if (Admission.of(this.#pool) === admission) this.#breakOff(admission)
      })
    }
    this.#tasks.pull()
  }

  /** Cancels what is under way, and leaves the source. */
  close(): void {
    this.#ignoreClose()
    this.#window.close()
    this.#tasks?.close()
  }

  get hasRoom(): boolean {
    return this.#isTaking && this.#window.hasRoom
  }

  add(task: Task): void {
    this.#window.add(task)
  }

  end(): void {
    this.#isTaking = false
    this.#endIfDone()
  }

  fail(thrown: unknown): void {
    this.#subscriber.error(thrown)
  }

  #run(task: Task, sink: Sink<Result>): RunningTask {
    const run = (): RunningTask => runTask(this.#pool, task, this.#settings, sink)
    return this.#activity === undefined ? run() : runWithin(this.#activity, run)
  }

  /** Takes nothing more; what was begun goes on. */
  #breakOff(admission: Admission): void {
    if (!this.#isTaking) return
    this.#isTaking = false
    if (this.#tasks?.isExhausted === true) return this.#endIfDone()
    this.#broken = { thrown: admission.refusal('A task of offload()') }
    this.#isBreakingOff = true
    this.#tasks?.close()
    this.#isBreakingOff = false
    this.#endIfDone()
  }

  /** What the source throws when it is left: at a shutdown that is what this ends with; otherwise it has its end already. */
  #leftWith(thrown: unknown): void {
    if (this.#isBreakingOff) this.#broken = { thrown }
    else logUnwanted(this.#pool, 'The source of offload() threw when it was left; what it ended with stands', thrown)
  }

  #endIfDone(): void {
    if (!this.#window.isEmpty) return
    const broken = this.#broken
    if (broken === undefined) this.#subscriber.complete()
    // Later, as each refusal: who subscribes again at once must not hold the loop.
    else clock.inNextTurn(() => this.#subscriber.error(broken.thrown))
  }
}
