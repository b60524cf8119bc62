import { Piscina } from 'piscina'
import { ReactorStopped } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { isError } from '../protocol/realms.js'
import { Abortion } from './abortion.js'
import type { Admission } from './admission.js'
import { isCloseTimeout } from './close-timeout.js'
import { FailedThreads, isWhyOf, type ShownThread } from './failed-threads.js'
import { Gate } from './gate.js'
import { Newcomers } from './newcomers.js'
import { type PoolOptions, poolOptionsOf } from './options.js'
import { makePoolsBy, type OwnPool } from './own-pools.js'
import { refuseOwnFile } from './pool-files.js'
import { again, isFailedTask, type RunOptions, thrownBy, type Wrapped, wrap } from './run-whole.js'
import { shownQueue } from './submitted.js'
import type { FailedLoading } from './task-result.js'
import { ThreadStarts } from './thread-starts.js'
import { asThrownThere } from './uncaught.js'

type CloseOptions = Parameters<Piscina['close']>[0]

/** In ms; how long a pool may take to close before that calls for a word. */
const LONG_CLOSE = 1_000

/** Tasks that were submitted until one moment; what they failed with then, if those in the queue did. */
interface Batch {
  failure?: { readonly thrown: unknown }
}

/** A Piscina that belongs to one reactor, and says so when its tasks don't run for that. */
class ReactorPool extends Piscina implements OwnPool {
  readonly #gate: Gate
  readonly #admission: Admission
  readonly #onLongClose: () => void
  readonly #starts: ThreadStarts
  readonly #newcomers = new Newcomers((cause, wasEarly) => this.#died(cause, wasEarly))
  readonly #failed = new FailedThreads()
  /** How many threads there are, as far as looked; fewer than `maxThreads` if in doubt. */
  #threadCount = 0
  #isHeld = false
  #isClosing = false
  /** What a thread died of before it was ready; until that has been seen to. */
  #death: { readonly thrown: unknown; readonly isFinal: boolean } | undefined
  #batch: Batch = {}

  /**
   * @param options - Own ones alone.
   * @param starts - What its threads load.
   * @param admission - Says whether it may begin new tasks.
   * @param onLongClose - Called when the application closes the pool, and that takes long.
   */
  constructor(options: PoolOptions, starts: ThreadStarts, admission: Admission, onLongClose: () => void) {
    const gate = new Gate(options, () => this.#mayStartThreads())
    const { taskQueue, loadBalancer } = options
    super({ ...options, ...starts.first, loadBalancer: gate.balance, ...shownQueue(options) })
    this.#gate = gate
    this.#admission = admission
    this.#onLongClose = onLongClose
    this.#starts = starts
    starts.made(this.options)
    // As the application gave them; Piscina has read them.
    if (taskQueue !== undefined) this.options.taskQueue = taskQueue
    if (loadBalancer === undefined) Reflect.deleteProperty(this.options, 'loadBalancer')
    else this.options.loadBalancer = loadBalancer
    this.#watchThreads()
  }

  /** How many of its threads still load what they are started with. */
  get loadingThreads(): number {
    return this.#newcomers.count
  }

  /** Calls are interrupted: from now on no task is begun, not even one of the queue. */
  hold(): void {
    this.#isHeld = true
    this.#gate.shut()
    // As long as there are tasks in the queue, and one is free that takes none, Piscina starts another thread for them; if
    // the pool is closing it tries so for ever.
    this.options.maxThreads = 0
  }

  override async run(task: unknown, options?: RunOptions): Promise<unknown> {
    if (!this.#admission.admits()) return this.#admission.refuse('run()')
    const batch = this.#batch
    try {
      const wrapped = wrap(this.#starts.task, task, options, true)
      // What is wrong is Piscina's to refuse.
      if (wrapped === undefined) return await super.run(task, options)
      return await this.#runWrapped(wrapped)
    } catch (thrown) {
      if (batch.failure !== undefined && wasTerminated(thrown)) throw batch.failure.thrown
      const error = asThrownThere(thrown)
      throw this.#isHeld ? this.#inTermsOfStop(error) : error
    }
  }

  async #runWrapped(wrapped: Wrapped): Promise<unknown> {
    const { whole, options, submitted } = wrapped
    const result = await this.#submit(whole, options)
    if (!this.#failed.isEmpty) this.#endFailedThreads()
    if (!isFailedTask(result)) return result
    const { loading } = result
    if (loading === undefined) throw thrownBy(result)
    this.#leave(loading)
    if (loading.isOwn || isWhyOf(loading, submitted) || this.#isClosing) throw thrownBy(result)
    return this.#runWrapped(again(wrapped, result))
  }

  #submit(whole: unknown, options: RunOptions): Promise<unknown> {
    if (this.#threadCount >= this.options.maxThreads) return super.run(whole, options)
    try {
      return this.#starts.during(() => super.run(whole, options))
    } finally {
      this.#watchThreads()
    }
  }

  /** That closing it takes too long is said by who terminates its threads, and not by Piscina to the application. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    // What Piscina gives with these events.
    if (event === 'workerCreate') this.#failed.created(args[0] as ShownThread)
    if (event === 'workerDestroy') this.#threadEnds((args[0] as ShownThread).id)
    if (event !== 'error') return super.emit(event, ...args)
    const [error] = args
    if (this.#isHeld && isCloseTimeout(error)) return false
    // The tasks that need the thread fail with it; without a listener it would end the process.
    if (this.#death?.thrown === error && this.listenerCount('error') === 0) return false
    return super.emit(event, ...args.map(asThrownThere))
  }

  #watchThreads(): void {
    const { threads } = this
    this.#threadCount = threads.length
    this.#newcomers.watch(threads, this.#starts.areEarly)
  }

  /** The load balancer has found no thread, so Piscina starts one now if there may be more. */
  #mayStartThreads(): void {
    if (this.#threadCount >= this.options.maxThreads) return
    this.#starts.untilTurnEnds()
    clock.afterThis(() => this.#watchThreads())
  }

  /** Piscina may start another one now. */
  #threadEnds(threadId: number): void {
    this.#newcomers.destroyed(threadId)
    this.#threadCount = 0
    this.#starts.untilTurnEnds()
    clock.afterThis(() => this.#seeToQueue())
  }

  /** A thread has died before it was ready. If that may be for what it loads early, others are started that don't. */
  #died(cause: unknown, wasEarly: boolean): void {
    this.#death = { thrown: cause, isFinal: !wasEarly }
    this.#starts.stopLoadingEarly()
  }

  /**
   * A thread has ended. Piscina starts another up to `minThreads` only, and none at all once one has died before it was ready:
   * tasks of the queue would wait for ever.
   */
  #seeToQueue(): void {
    const death = this.#death
    this.#death = undefined
    this.#watchThreads()
    this.#failed.keepOnly(new Set(this.threads.map(({ threadId }) => threadId)))
    if (this.#isHeld || this.#isClosing || this.queueSize === 0) return
    if (death?.isFinal !== true) this.#startThread()
    else if (this.#threadCount === 0) this.#failQueue(death.thrown)
  }

  /** Piscina starts a thread for a task alone: here for one that it may not hand out, and that is taken back at once. */
  #startThread(): void {
    const { maxQueue } = this.options
    const signal = new Abortion()
    this.options.maxQueue = Number.POSITIVE_INFINITY
    this.#gate.whileShut(() => {
      this.#submit(undefined, { filename: '', signal }).catch(() => undefined)
      signal.abort()
    })
    this.options.maxQueue = maxQueue
  }

  /** There is no thread, and starting one has come to nothing. Without threads, to destroy a pool is to reject its queue. */
  #failQueue(thrown: unknown): void {
    this.#batch.failure = { thrown: asThrownThere(thrown) }
    this.#batch = {}
    void this.destroy()
  }

  /** A thread that has failed to load a file gets no further task, and ends when it has none. */
  #leave(loading: FailedLoading): void {
    if (loading.path === this.#starts.task.filename) this.#starts.stopLoadingEarly()
    this.#failed.add(loading)
    this.#endFailedThreads()
  }

  #endFailedThreads(): void {
    if (!this.#isClosing) this.#gate.leftThreads = this.#failed.isEmpty ? undefined : this.#failed
    const idle = this.#failed.takeIdle()
    if (idle.size === 0) return
    for (const thread of this.threads) if (idle.has(thread.threadId)) void thread.terminate()
  }

  /** Piscina's word on a task that ended with its pool says nothing of the reactor. What the task itself threw stays. */
  #inTermsOfStop(error: unknown): unknown {
    if (!isError(error)) return error
    if (error.name === 'AbortError' && error.cause === 'pool is closed') {
      this.#admission.dropped(1)
      const message = 'The task was still in the queue when its reactor stopped, so it did not run'
      return new ReactorStopped(message, { cause: error })
    }
    if (wasTerminated(error)) {
      const message =
        'The task was still running `drainTimeout` ms after its reactor had stopped, so its thread was terminated'
      return new ReactorStopped(message, { cause: error })
    }
    return error
  }

  override async close(options?: CloseOptions): Promise<void> {
    const ms = Math.min(LONG_CLOSE, this.options.closeTimeout / 2)
    const stopTimer = clock.after(ms, this.#onLongClose, { ref: false })
    this.#isClosing = true
    // A pool that closes starts no thread, so each must do; Piscina would look for one without end.
    this.#gate.leftThreads = undefined
    try {
      await super.close(options)
    } finally {
      stopTimer()
      this.#isClosing = false
    }
  }
}

/** Whether Piscina has rejected it because its thread, or all of the pool, was terminated. */
function wasTerminated(error: unknown): boolean {
  return isError(error) && error.message === 'Terminating worker thread'
}

makePoolsBy((given, admission, onLongClose) => {
  const options = poolOptionsOf(given, Piscina.version)
  refuseOwnFile(options.filename)
  const starts = new ThreadStarts(options)
  return starts.during(() => new ReactorPool(options, starts, admission, onLongClose))
})
