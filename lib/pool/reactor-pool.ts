import { existsSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { ReactorStopped } from '../errors.js'
import { isMoved, unpack } from '../protocol/move.js'
import { ownFile } from '../protocol/own-file.js'
import { decodeThrown, isEncodedThrown } from '../protocol/thrown.js'
import { isCloseTimeout } from './close-timeout.js'
import { Gate } from './gate.js'
import type { PoolOptions } from './options.js'
import { makePoolsBy, type OwnPool } from './own-pools.js'
import { asThrownThere } from './uncaught.js'
import { FAILED, type FailedTask, type WholeTask } from './whole-task.js'

type RunOptions = Parameters<Piscina['run']>[1]
type CloseOptions = Parameters<Piscina['close']>[0]

/**
 * What threads run in place of the tasks' own functions. Seen from its own folder, or from the entry of the package of which
 * this is a part; not there in an application that was bundled into one file.
 */
const RUNNER = ['../pool/whole-task.js', './pool/whole-task.js']
  .map((path) => new URL(path, ownFile(import.meta.url)))
  .find((file) => existsSync(file))

/** What Piscina's `move()` marks its result with, which has no public name. Without it nothing is transferred, though it can be. */
const [PISCINA_MOVED] = Object.getOwnPropertySymbols(Piscina.move(new ArrayBuffer(0)))

/** In ms; how long a pool may take to close before that calls for a word. */
const LONG_CLOSE = 1_000

/** A Piscina that belongs to one reactor, and says so when its tasks don't run for that. */
class ReactorPool extends Piscina implements OwnPool {
  readonly #gate: Gate
  readonly #onLongClose: () => void
  readonly #loading = new Set<Worker>()
  #isHeld = false

  /** @param onLongClose - Called when the application closes the pool, and that takes long. */
  constructor(options: PoolOptions, onLongClose: () => void) {
    const gate = new Gate(options)
    super({ ...options, loadBalancer: gate.balance })
    this.#gate = gate
    this.#onLongClose = onLongClose
    for (const thread of this.threads) this.#watchLoading(thread)
  }

  /** How many of the threads that were started with the pool still load the file of their tasks. */
  get loadingThreads(): number {
    return this.#loading.size
  }

  /** The reactor has stopped: from now on no task is begun. */
  hold(): void {
    this.#isHeld = true
    this.#gate.shut()
    // As long as there are tasks in the queue, and one is free that takes none, Piscina starts another thread for them; if
    // the pool is closing it tries so for ever.
    this.options.maxThreads = 0
  }

  override async run(task: unknown, options?: RunOptions): Promise<unknown> {
    if (this.#isHeld)
      throw new ReactorStopped("run() came after its pool's reactor had stopped, so the task did not run")
    try {
      return await this.#runWhole(task, options)
    } catch (thrown) {
      const error = asThrownThere(thrown)
      throw this.#isHeld ? inTermsOfStop(error) : error
    }
  }

  /** Has the thread run our function in place of the task's own: it brings a failure back whole. */
  async #runWhole(task: unknown, options: RunOptions = {}): Promise<unknown> {
    // As for Piscina, only own options count, and null is as good as none.
    const { transferList = [], ...own } = { ...options }
    const filename = own.filename ?? this.options.filename
    const name = own.name ?? this.options.name
    const areRight = typeof filename === 'string' && typeof name === 'string' && Array.isArray(transferList)
    // What is wrong is Piscina's to refuse.
    if (RUNNER === undefined || !areRight || !isObject(options)) return super.run(task, options)
    const { value, transfer } = wasMoved(task) ? unpack(task) : { value: task, transfer: [] }
    const whole: WholeTask = { filename, name, task: value, [Piscina.queueOptionsSymbol]: queueOptionsOf(value) }
    const result: unknown = await super.run(whole, {
      ...own,
      filename: RUNNER.href,
      name: 'default',
      transferList: [...transferList, ...transfer],
    })
    if (isFailedTask(result)) throw decodeThrown(result[FAILED])
    return result
  }

  /** That closing it takes too long is said by who terminates its threads, and not by Piscina to the application. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
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

  override async close(options?: CloseOptions): Promise<void> {
    const timer = setTimeout(this.#onLongClose, Math.min(LONG_CLOSE, this.options.closeTimeout / 2)).unref()
    try {
      await super.close(options)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Piscina's word on a task that ended with its pool says nothing of the reactor. What the task itself threw stays. */
function inTermsOfStop(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'AbortError' && error.cause === 'pool is closed') {
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

function isFailedTask(result: unknown): result is FailedTask {
  return isObject(result) && FAILED in result && isEncodedThrown(result[FAILED])
}

/** Whether it is what `move()` gave, this package's or Piscina's. */
function wasMoved(task: unknown): boolean {
  if (!isObject(task)) return false
  return isMoved(task) || (PISCINA_MOVED !== undefined && Reflect.get(task, PISCINA_MOVED) === true)
}

/** What a task says to the pool's own queue. */
function queueOptionsOf(task: unknown): unknown {
  return isObject(task) ? Reflect.get(task, Piscina.queueOptionsSymbol) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

makePoolsBy((options, onLongClose) => new ReactorPool(options, onLongClose))
