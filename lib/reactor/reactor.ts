import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { AsyncSubject, type Observable } from 'rxjs'
import { AlreadyInUseError, ReactorStopped } from '../errors.js'
import { type PendingCall, pendingRow } from '../observe/pending.js'
import { isPool } from '../pool/attachment.js'
import { Gate } from '../pool/gate.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import { type LocalReactor, thisThread } from '../protocol/thread.js'
import type { CallContext } from './call.js'
import { LocalCaller } from './local-caller.js'
import { Log } from './log.js'
import { MainLoopScheduler } from './main-loop-scheduler.js'
import { Modules } from './modules.js'
import { allowModuleOf, maxPendingOf, type ReactorOptions, schedulerOf } from './options.js'
import { type Callable, Services } from './services.js'
import { drainTimeoutOf, type StopOptions, type StopReport } from './stop.js'
import { ThreadSources } from './thread-sources.js'

/** The options of a Piscina. */
export type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/**
 * Makes this thread's loop a reactor: calling threads call the functions that it exposes, and sleep until there is an
 * outcome. Several may live in one process, each with its own pools.
 *
 * @example
 * ```ts
 * const reactor = new Reactor()
 * reactor.expose('dns', { lookup: (host: string) => defer(() => promises.lookup(host)) })
 * const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href })
 * const addresses = await pool.run(hosts)
 * await reactor.stop()
 * ```
 */
export class Reactor implements AsyncDisposable {
  readonly #services = new Services()
  readonly #modules: Modules
  readonly #local: LocalCaller
  readonly #sources: ThreadSources
  readonly #shutdown = new AsyncSubject<ReactorStopped>()
  readonly #inThread: LocalReactor
  #stopping: Promise<StopReport> | undefined

  /** @throws TypeError or RangeError that names the option that is wrong. */
  constructor(options: ReactorOptions = {}) {
    const mainLoop = new MainLoopScheduler()
    const context: CallContext = {
      mainLoop,
      scheduler: schedulerOf(options, mainLoop),
      log: new Log(options.logger, options.logLevel),
      find: (ref) => this.#find(ref),
    }
    this.#modules = new Modules(allowModuleOf(options))
    this.#local = new LocalCaller(context)
    this.#sources = new ThreadSources(context, maxPendingOf(options))
    this.#inThread = {
      call: (ref, args, settle) => this.#local.call(ref, args, settle),
    }
    thisThread.reactors.push(this.#inThread)
    thisThread.isReactorThread = true
  }

  /**
   * Emits the `ReactorStopped` and completes when the shutdown begins; to a late subscriber too.
   *
   * @example
   * ```ts
   * interval(1_000).pipe(takeUntil(reactor.shutdown$)).subscribe(refresh)
   * ```
   */
  get shutdown$(): Observable<ReactorStopped> {
    return this.#shutdown.asObservable()
  }

  /**
   * Makes an object's functions, or a class instance's public methods, callable by name. They keep their `this`.
   *
   * Names that start with `_` are private to a class; `constructor` and whatever else `Object.prototype` has can never
   * be called.
   *
   * @param name - By which threads call it: `blocking('name', …)`.
   * @returns Disposing it takes the service away again; calls under way go on.
   * @throws TypeError if the service is not an object of functions; AlreadyInUseError if the name is taken.
   */
  expose(name: string, service: object): Disposable {
    this.#refuseWhenStopped('expose')
    return { [Symbol.dispose]: this.#services.expose(name, service) }
  }

  /**
   * Makes a Piscina whose tasks may call this reactor.
   *
   * @param options - Piscina's own, all of them.
   * @typeParam Task - What its tasks are given.
   * @typeParam Result - What they return.
   */
  createPool(options?: PoolOptions): Piscina
  createPool<Task, Result>(options?: PoolOptions): Piscina<Task, Result>
  createPool<Task, Result>(options: PoolOptions = {}): Piscina<Task, Result> {
    this.#refuseWhenStopped('createPool')
    const gate = new Gate(options)
    const pool = new Piscina<Task, Result>({ ...options, loadBalancer: gate.balance })
    this.#sources.attach(pool, gate)
    return pool
  }

  /**
   * Accepts calls from a Piscina, or a Worker, that the application made itself.
   *
   * Attach it right after making it: a thread that asks for its reactor before anybody listens is not heard, and its
   * calls end with `NotAttachedError`. A pool is closed by `stop()`; a Worker is the application's to end.
   *
   * @returns Disposing it ends the connections of these threads; their unfinished calls are unsubscribed.
   * @throws TypeError if it is neither; AlreadyInUseError if another reactor has it.
   */
  attach(source: Piscina | Worker): Disposable {
    this.#refuseWhenStopped('attach')
    const what = isPool(source) ? 'pool' : 'worker'
    if (!this.#sources.has(source)) {
      if (thisThread.attachments.get(source)?.isLive) {
        throw new AlreadyInUseError(
          `This ${what} is attached to another reactor; dispose what that attach() returned first`,
        )
      }
      this.#sources.attach(source)
    }
    return { [Symbol.dispose]: () => this.#sources.detach(source) }
  }

  /** The unfinished calls, oldest first a thread. Cheap enough to poll. */
  pending(): PendingCall[] {
    const rows = [...this.#local.calls].map((call) => pendingRow(call, false))
    for (const thread of this.#sources.threads()) {
      for (const call of thread.calls.values()) rows.push(pendingRow(call, thread.memory.isAsleepOn(call.number)))
    }
    return rows
  }

  /**
   * Stops for good: new calls fail at once, every unfinished one ends with `ReactorStopped` and is unsubscribed, every
   * sleeping thread wakes; then the attached pools drain, which nothing holds up any more.
   *
   * Queued tasks are rejected. Asking again gives the same promise. `await using` stops too.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    if (this.#stopping === undefined) {
      const drainTimeout = drainTimeoutOf(options)
      let report: (report: Promise<StopReport>) => void = () => undefined
      // The promise is there before anything is done: a teardown, or who listens to the shutdown, may ask for it again.
      this.#stopping = new Promise((resolve) => {
        report = resolve
      })
      report(this.#stop(drainTimeout))
    }
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #stop(drainTimeout: number): Promise<StopReport> {
    const start = performance.now()
    const reason = new ReactorStopped('The reactor has stopped')
    thisThread.reactors.splice(thisThread.reactors.indexOf(this.#inThread), 1)
    // The calls end before the subject fires: streams of the application that it completes must not look like results.
    const interrupted = this.#sources.stop(reason) + this.#local.stop(reason)
    this.#shutdown.next(reason)
    this.#shutdown.complete()
    const { drained, terminated } = await this.#sources.drain(drainTimeout)
    return { interrupted, drained, terminated, durationMs: performance.now() - start }
  }

  #find({ in: kind, of, name }: FunctionRef): Callable | Promise<Callable> {
    switch (kind) {
      case 'service':
        return this.#services.find(of, name)
      case 'module':
        return this.#modules.findExported(of, name)
      case 'shared module':
        return this.#modules.findShared(of, name)
    }
  }

  #refuseWhenStopped(what: string): void {
    if (this.#stopping !== undefined) {
      throw new ReactorStopped(`${what}() came after stop(), and a stopped reactor stays stopped; make a new Reactor`)
    }
  }
}
