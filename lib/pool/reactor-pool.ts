import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { ReactorStopped } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { isError } from '../protocol/realms.js'
import type { Admission } from './admission.js'
import { isCloseTimeout } from './close-timeout.js'
import { Gate } from './gate.js'
import { checkFilename, type PoolOptions } from './options.js'
import { makePoolsBy, type OwnPool } from './own-pools.js'
import { mayStartThreadsOf, startingThreadsOf } from './pool-files.js'
import { runWhole } from './run-whole.js'
import { asThrownThere } from './uncaught.js'

type RunOptions = Parameters<Piscina['run']>[1]
type CloseOptions = Parameters<Piscina['close']>[0]

/** In ms; how long a pool may take to close before that calls for a word. */
const LONG_CLOSE = 1_000

/** A Piscina that belongs to one reactor, and says so when its tasks don't run for that. */
class ReactorPool extends Piscina implements OwnPool {
  readonly #gate: Gate
  readonly #admission: Admission
  readonly #onLongClose: () => void
  readonly #loading = new Set<Worker>()
  #isHeld = false
  /** A thread ends right now, and its place is to be filled. */
  #isReplacing = false

  /**
   * @param admission - Says whether it may begin new tasks.
   * @param onLongClose - Called when the application closes the pool, and that takes long.
   */
  constructor(options: PoolOptions, admission: Admission, onLongClose: () => void) {
    checkFilename(options)
    const gate = new Gate(options, () => this.#tellNextThread())
    super({ ...options, loadBalancer: gate.balance })
    this.#gate = gate
    this.#admission = admission
    this.#onLongClose = onLongClose
    for (const thread of this.threads) this.#watchLoading(thread)
  }

  /** How many of the threads that were started with the pool still load the file of their tasks. */
  get loadingThreads(): number {
    return this.#loading.size
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
    try {
      const run = (whole: unknown, given?: RunOptions): Promise<unknown> =>
        startingThreadsOf(this.options.filename, () => super.run(whole, given))
      return await runWhole(run, this.options, task, options)
    } catch (thrown) {
      const error = asThrownThere(thrown)
      throw this.#isHeld ? this.#inTermsOfStop(error) : error
    }
  }

  /** That closing it takes too long is said by who terminates its threads, and not by Piscina to the application. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'workerDestroy') this.#replaceThread()
    if (event !== 'error') return super.emit(event, ...args)
    return this.#isHeld && isCloseTimeout(args[0]) ? false : super.emit(event, ...args.map(asThrownThere))
  }

  /** Piscina takes a thread that is started with the pool for ready at once, and doesn't tell when it is. */
  #watchLoading(thread: Worker): void {
    const loaded = (): void => void this.#loading.delete(thread)
    this.#loading.add(thread)
    // Its first word comes from Piscina: that it is ready. If it fails to load there is none.
    thread.once('message', loaded).once('exit', loaded)
  }

  /**
   * A thread ends. Piscina starts another up to `minThreads` only: without one, tasks of the queue may wait for ever. It tells
   * of the end right before it does so; for that moment the minimum is as many threads as there were.
   */
  #replaceThread(): void {
    mayStartThreadsOf(this.options.filename)
    if (this.#isHeld || this.queueSize === 0 || this.#isReplacing) return
    this.#isReplacing = true
    const { minThreads, maxThreads } = this.options
    this.options.minThreads = Math.max(minThreads, Math.min(this.threads.length, maxThreads))
    clock.afterThis(() => {
      this.#isReplacing = false
      this.options.minThreads = minThreads
    })
  }

  /** Of a task that waited in the queue Piscina starts a thread when another one has ended its task. */
  #tellNextThread(): void {
    if (this.threads.length < this.options.maxThreads) mayStartThreadsOf(this.options.filename)
  }

  /** Piscina's word on a task that ended with its pool says nothing of the reactor. What the task itself threw stays. */
  #inTermsOfStop(error: unknown): unknown {
    if (!isError(error)) return error
    if (error.name === 'AbortError' && error.cause === 'pool is closed') {
      this.#admission.dropped(1)
      const message = 'The task was still in the queue when its reactor stopped, so it did not run'
      return new ReactorStopped(message, { cause: error })
    }
    if (error.message === 'Terminating worker thread') {
      const message =
        'The task was still running `drainTimeout` ms after its reactor had stopped, so its thread was terminated'
      return new ReactorStopped(message, { cause: error })
    }
    return error
  }

  override async close(options?: CloseOptions): Promise<void> {
    const ms = Math.min(LONG_CLOSE, this.options.closeTimeout / 2)
    const stopTimer = clock.after(ms, this.#onLongClose, { ref: false })
    try {
      await super.close(options)
    } finally {
      stopTimer()
    }
  }
}

makePoolsBy((options, admission, onLongClose) => new ReactorPool(options, admission, onLongClose))
