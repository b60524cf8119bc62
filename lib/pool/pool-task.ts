import type { Piscina } from 'piscina'
import { CancelledError, ReactorStopped, ResultNotCloneableError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { SEAT, seatOf } from '../protocol/current-task.js'
import { LONGEST_TIMER } from '../protocol/longest-timer.js'
import { TaskMemory } from '../protocol/memory/task-memory.js'
import { isError } from '../protocol/realms.js'
import { thisThread } from '../protocol/thread.js'
import { messageOf } from '../protocol/thrown.js'
import { type Activity, currentActivity, runWithin } from '../reactor/activity.js'
import { Abortion } from './abortion.js'
import { Emissions, type Emitter } from './emissions.js'
import { canSeatTasks, type Executor, type TaskSettings } from './executor.js'
import { isOwnPool } from './own-pools.js'
import { isThrownByTask, type RunOptions, runWhole } from './run-whole.js'
import { logUnwanted } from './unwanted.js'

/** Who wants what a task gives; until `error` or `complete`, or the task is cancelled. */
export interface Sink<Result> {
  /** @param taken - To be called when the value has been handed on; until then it counts among those that wait. */
  value(value: Result, taken: () => void): void
  error(thrown: unknown): void
  complete(): void
}

/** A task as whoever runs it sees it. */
export interface RunningTask {
  /** Whether a thread has begun it; `true` where nobody can tell. */
  readonly hasBegun: boolean
  /** Does nothing when it has ended. */
  cancel(): void
}

/** Has an executor run a task, once. */
export function runTask<Task, Result>(
  executor: Executor<Task, Result>,
  task: Task,
  settings: TaskSettings,
  sink: Sink<Result>,
): RunningTask {
  if (!canSeatTasks(executor, settings.run)) return runElsewhere(executor, task, settings, sink)
  // What the pool's tasks return is for whoever runs them to say.
  const seated = new SeatedTask(executor, settings, sinkWithin(currentActivity(), sink as Sink<unknown>))
  seated.run(task)
  return seated
}

/** What a task gives comes from a port, in nobody's context; what is done with it belongs to whoever wants it. */
function sinkWithin<Result>(activity: Activity | undefined, sink: Sink<Result>): Sink<Result> {
  if (activity === undefined) return sink
  return {
    value: (value, taken) => runWithin(activity, () => sink.value(value, taken)),
    error: (thrown) => runWithin(activity, () => sink.error(thrown)),
    complete: () => runWithin(activity, () => sink.complete()),
  }
}

/** By an executor of which nothing is known but its `run`. */
function runElsewhere<Task, Result>(
  executor: Executor<Task, Result>,
  task: Task,
  settings: TaskSettings,
  sink: Sink<Result>,
): RunningTask {
  const controller = new AbortController()
  let isOver = false
  const once = (end: () => void): void => {
    if (isOver) return
    isOver = true
    end()
  }
  const failed = (thrown: unknown): void => once(() => sink.error(thrown))
  const succeeded = (result: Result): void =>
    once(() => {
      sink.value(result, () => undefined)
      sink.complete()
    })
  try {
    executor.run(task, { ...settings.run, signal: controller.signal }).then(succeeded, failed)
  } catch (thrown) {
    failed(thrown)
  }
  return { hasBegun: true, cancel: () => once(() => controller.abort()) }
}

/** A task of a Piscina, whose thread knows when it is cancelled, and may emit values. */
class SeatedTask implements Emitter, RunningTask {
  readonly #pool: Piscina
  readonly #settings: TaskSettings
  readonly #sink: Sink<unknown>
  readonly #memory = TaskMemory.allocate()
  readonly #emissions: Emissions
  readonly #abortion = new Abortion()
  /** Whether the sink is to hear nothing any more. */
  #isOver = false
  /** Whether the thread is done with it. */
  #hasEnded = false
  /** Kept for when the memory is another task's. */
  #channel: number | undefined
  #stopTimer: (() => void) | undefined

  constructor(pool: Piscina, settings: TaskSettings, sink: Sink<unknown>) {
    this.#pool = pool
    this.#settings = settings
    this.#sink = sink
    this.#emissions = Emissions.of(pool)
  }

  get serial(): number {
    return this.#memory.place.serial
  }

  get channel(): number | undefined {
    return this.#hasEnded ? this.#channel : this.#memory.channel
  }

  get hasBegun(): boolean {
    return this.#hasEnded || this.#memory.hasBegun
  }

  run(task: unknown): void {
    const { buffer, run } = this.#settings
    const options: RunOptions = { ...run, signal: this.#abortion, [SEAT]: seatOf(this.#memory.place, buffer) }
    this.#emissions.add(this)
    const pool = this.#pool
    const result = isOwnPool(pool)
      ? pool.run(task, options)
      : runWhole((whole, given) => pool.run(whole, given), pool.options, task, options)
    result.then(
      (value) => this.#succeeded(value),
      (thrown) => {
        if (this.#isOver) this.#failedUnwanted(thrown)
        this.#ended(() => this.#sink.error(thrown))
      },
    )
  }

  /** It was cancelled, and ends by that; or by what a `finally` of its threw, for one, of which nobody else hears. */
  #failedUnwanted(thrown: unknown): void {
    if (!isThrownByTask(thrown) || isUnwinding(thrown)) return
    logUnwanted(this.#pool, `A task${this.#name} was cancelled, and then threw; nobody gets what it threw`, thrown)
  }

  get #name(): string {
    const { name } = this.#settings.run
    return name === undefined ? '' : ` \`${name}\``
  }

  /** Nobody wants what it gives any more. It may come to its end by itself; after the grace its thread is terminated. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#emissions.delete(this)
    if (this.#hasEnded) return
    const { grace } = this.#settings
    const terminate = (): void => this.#abortion.abort()
    if (grace === 0) return terminate()
    this.#memory.cancel()
    // The thread sleeps until there is news for its call, so that is what it is told.
    thisThread.attachments.get(this.#pool)?.wakeThreads()
    if (grace === Number.POSITIVE_INFINITY) return
    this.#stopTimer = clock.after(Math.min(grace, LONGEST_TIMER), terminate, { ref: false })
  }

  interrupt(): void {
    if (!this.#hasEnded) this.#memory.interrupt()
  }

  receive(value: unknown): void {
    if (!this.#isOver) this.#sink.value(value, this.#taken)
  }

  unreadable(cause: unknown): void {
    const message = `A value that the task emitted could not be read: ${messageOf(cause)}`
    const error = new ResultNotCloneableError(message, { cause })
    if (this.#isOver) return
    this.cancel()
    this.#sink.error(error)
  }

  readonly #taken = (): void => {
    if (!this.#hasEnded) this.#memory.take()
  }

  #succeeded(result: unknown): void {
    const emitted = this.channel !== undefined
    this.#ended(() => {
      if (!emitted) this.#sink.value(result, this.#taken)
      if (!this.#isOver) this.#sink.complete()
    })
    // Only now: a thread that was terminated instead may still write there.
    this.#memory.free()
  }

  /** Comes after all that was emitted. */
  #ended(tell: () => void): void {
    this.#stopTimer?.()
    this.#channel = this.#memory.channel
    this.#hasEnded = true
    if (this.#isOver) return
    this.#emissions.whenReceived(this, () => {
      if (this.#isOver) return
      this.#emissions.delete(this)
      tell()
      this.#isOver = true
    })
  }
}

/** Whether a task ends with that because it was cancelled or interrupted, be it that it says so in words of its own. */
function isUnwinding(thrown: unknown): boolean {
  // A cause may be circular.
  const seen = new Set<unknown>()
  for (let one = thrown; isError(one) && !seen.has(one); one = one.cause) {
    if (one instanceof CancelledError || one instanceof ReactorStopped) return true
    seen.add(one)
  }
  return false
}
