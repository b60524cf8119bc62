import { MessagePort, setEnvironmentData, type Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import type { Observable } from 'rxjs'
import { AlreadyInUseError, ReactorStopped } from '../errors.js'
import { type PendingCall, pendingRow } from '../observe/pending.js'
import { Admission } from '../pool/admission.js'
import { isPool, type ThreadSource } from '../pool/attachment.js'
import type { CreatePoolOptions } from '../pool/options.js'
import { isOwnPool, makeOwnPool } from '../pool/own-pools.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import { maxPendingOf, maxUnretrievedOf, storeLimitsOf } from '../protocol/limits.js'
import type { LogLevel } from '../protocol/logger.js'
import { optionsOf } from '../protocol/options.js'
import { spinOf } from '../protocol/patience.js'
import { refuseSource } from '../protocol/piscina.js'
import { isInstance } from '../protocol/realms.js'
import type { ResultHandle } from '../protocol/result-handle.js'
import type { StopOptions, StopReport } from '../protocol/stop.js'
import { REACTOR_IN_PARENT, thisThread } from '../protocol/thread.js'
import { FailureLog } from './failure-log.js'
import { flushAtExit } from './flush-at-exit.js'
import { LocalCaller } from './local-caller.js'
import { Log } from './log.js'
import { LogLines } from './log-lines.js'
import { MainLoopScheduler } from './main-loop-scheduler.js'
import { type Loading, Modules } from './modules.js'
import { allowanceOf, type ReactorOptions, schedulerOf, stopDefaultsOf } from './options.js'
import type { ReactorContext } from './reactor-context.js'
import { ResultStore } from './result-store.js'
import { type Callable, Services } from './services.js'
import { type ReactorState, Shutdown, type Stoppable } from './shutdown.js'
import type { TriggerOptions } from './shutdown-triggers.js'
import { Signals } from './signals.js'
import { ThreadSources } from './thread-sources.js'
import type { ShutdownPhase } from './trigger.js'
import { Vigil } from './vigil.js'

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
  readonly #results: ResultStore
  readonly #sources: ThreadSources
  readonly #admission: Admission
  readonly #shutdown: Shutdown
  readonly #signals: Signals
  readonly #flushNoMore: () => void

  /**
   * @param given - Options, each of which has a default.
   * @throws TypeError or RangeError that names the option that is wrong, or that there isn't.
   */
  constructor(given: ReactorOptions = {}) {
    const options = optionsOf(given, 'new Reactor()')
    const mainLoop = new MainLoopScheduler()
    const log = new Log(options.logger, options.logLevel)
    const lines = new LogLines(log)
    const failures = new FailureLog(log, maxUnretrievedOf(options))
    const context: ReactorContext = {
      mainLoop,
      vigil: new Vigil(spinOf(options)),
      scheduler: schedulerOf(options, mainLoop),
      log,
      failures,
      results: new ResultStore(storeLimitsOf(options), log, failures),
      lines,
      // What is no source is refused there.
      attach: (source) => this.#attach(source as ThreadSource),
      abandon: () => this.#sources.abandon(),
      flushLog: () => {
        this.#sources.readRest()
        lines.flush()
      },
      find: (ref) => this.#find(ref),
    }
    this.#modules = new Modules(allowanceOf(options))
    this.#results = context.results
    this.#local = new LocalCaller(context)
    this.#admission = new Admission(context, log)
    this.#sources = new ThreadSources(context, this.#admission, maxPendingOf(options))
    this.#shutdown = new Shutdown(this.#stoppable(context), stopDefaultsOf(options), log)
    this.#signals = new Signals(options.signals ?? [], () => this.stop())
    this.#flushNoMore = flushAtExit(() => {
      context.flushLog()
      // Of threads too: they end with the process.
      this.#sources.loseFailures()
      this.#local.release()
      this.#results.release()
      failures.flush()
    })
    thisThread.reactors.push(this.#local)
    thisThread.logs.push(lines)
    thisThread.hasHadReactor = true
    setEnvironmentData(REACTOR_IN_PARENT, true)
  }

  /**
   * How far it has come: `'stopping'` from `stop()` on, `'stopped'` when that has resolved. A server answers with
   * `Connection: close` while it is not `'running'`, so that its clients don't keep it open.
   */
  get state(): ReactorState {
    return this.#shutdown.state
  }

  /**
   * What is less severe than this is not logged; save what `captureConsole()` has captured. It may be changed at any time.
   *
   * @example
   * ```ts
   * process.on('SIGUSR2', () => {
   *   reactor.logLevel = 'debug'
   * })
   * ```
   * @throws TypeError if it is set to what is no level.
   */
  get logLevel(): LogLevel {
    return this.#local.logLevel
  }

  set logLevel(level: LogLevel) {
    this.#local.logLevel = level
  }

  /**
   * Emits the `ReactorStopped` and completes when calls are interrupted: as the shutdown begins, or at the end of its
   * grace; to a late subscriber too.
   *
   * @example
   * ```ts
   * interval(1_000).pipe(takeUntil(reactor.shutdown$)).subscribe(refresh)
   * ```
   */
  get shutdown$(): Observable<ReactorStopped> {
    return this.#shutdown.reason$
  }

  /**
   * Makes an object's functions, or a class instance's public methods, callable by name. They keep their `this`.
   *
   * Names that start with `_` are private to a class; `constructor` and whatever else `Object.prototype` has can never
   * be called.
   *
   * @example
   * ```ts
   * reactor.expose('dns', { lookup: (host: string) => defer(() => promises.lookup(host)) })
   * ```
   * @param name - By which threads call it: `blocking('name', …)`.
   * @param service - Its functions may return Observables, promises, async iterables or plain values.
   * @returns Disposing it takes the service away again; calls under way go on.
   * @throws TypeError if the service is not an object of functions; AlreadyInUseError if the name is taken; ReactorStopped once the
   * `before` triggers of `stop()` have run.
   */
  expose(name: string, service: object): Disposable {
    this.#refuseWhenClosing('expose')
    return { [Symbol.dispose]: this.#services.expose(name, service) }
  }

  /**
   * Makes a Piscina whose tasks may call this reactor. It is a Piscina like any other, but that failures of its tasks arrive whole,
   * with class, `code` and both stacks, and that `stop()` lets what was begun finish, and closes it. From then on `run()` is
   * rejected with `ReactorStopped`, but for tasks that an unfinished call submits.
   *
   * If the file can't be loaded, each task that needs it fails with the error that Node gave, and the next one tries again, in another
   * thread. Where no thread can be started, tasks fail with what it died of. Neither ends the process.
   *
   * @example
   * ```ts
   * const pool = reactor.createPool({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 4 })
   * const lines: number = await pool.run('README.md')
   * ```
   * @param options - Piscina's own, all of them; `filename` may be a `URL`.
   * @throws What Piscina throws at wrong options; ReactorStopped once the `before` triggers of `stop()` have run; AlreadyInUseError in
   * a thread of a pool of that same file, which would start threads without end.
   */
  createPool(options?: CreatePoolOptions): Piscina
  /**
   * Makes a Piscina whose tasks may call this reactor, and are all of one kind. Their failures arrive whole, and `stop()` closes it.
   *
   * @param options - Piscina's own, all of them; `filename` may be a `URL`.
   * @typeParam Task - What its tasks are given.
   * @typeParam Result - What they return.
   * @throws What Piscina throws at wrong options; ReactorStopped once the `before` triggers of `stop()` have run; AlreadyInUseError in
   * a thread of a pool of that same file, which would start threads without end.
   */
  createPool<Task, Result>(options?: CreatePoolOptions): Piscina<Task, Result>
  createPool<Task, Result>(options: CreatePoolOptions = {}): Piscina<Task, Result> {
    this.#refuseWhenClosing('createPool')
    const pool = makeOwnPool(options, this.#admission, () => this.#sources.warnOfClose(pool))
    this.#sources.attach(pool)
    return pool
  }

  /**
   * Accepts calls from a Piscina, or a Worker, that the application made itself.
   *
   * Attach it right after making it: a thread that asks for its reactor before anybody listens is not heard, and its
   * calls end with `NotAttachedError`. A pool is closed by `stop()`; a Worker is the application's to end.
   *
   * @example
   * ```ts
   * const pool = new Piscina({ filename: new URL('./worker.js', import.meta.url).href })
   * reactor.attach(pool)
   * ```
   * @param source - The Piscina, or the Worker.
   * @returns Disposing it ends the connections of these threads; their unfinished calls are unsubscribed.
   * @throws TypeError if it is neither; AlreadyInUseError if another reactor has it; ReactorStopped once the `before` triggers of
   * `stop()` have run.
   */
  attach(source: Piscina | Worker): Disposable {
    if (isInstance(source, MessagePort)) return refuseSource(source, 'a Piscina or a Worker')
    return this.#attach(source)
  }

  /**
   * Gives back a result that was stashed, once; also after `stop()`, if it has an outcome. `await` its `asPromise()`.
   *
   * @example
   * ```ts
   * const report = await reactor.retrieveResult<Report>(uid).asPromise()
   * ```
   * @param uid - What `stash()` returned, in whatever thread.
   * @typeParam T - The function's value.
   * @throws ResultNotFoundError if there is no result of that uid: it is unknown, was retrieved already, or was dropped.
   */
  retrieveResult<T>(uid: string): ResultHandle<T> {
    // What the function's type was is for whoever retrieves it to say.
    return thisThread.retrieve?.(this.#local, uid) as ResultHandle<T>
  }

  /**
   * The unfinished calls, oldest first a thread. Cheap enough to poll.
   *
   * @example
   * ```ts
   * for (const { function: name, thread, age } of reactor.pending()) console.log(`${name}, thread ${thread}: ${age} ms`)
   * ```
   */
  pending(): PendingCall[] {
    const awake = [...this.#local.calls, ...this.#results.calls()]
    const rows = awake.map((call) => pendingRow(call, false))
    for (const thread of this.#sources.threads()) {
      for (const call of thread.calls.values()) rows.push(pendingRow(call, thread.memory.isAsleepOn(call.number)))
    }
    return rows
  }

  /**
   * Has a function run when the reactor stops. Those of a phase run one by one, the last registered first, and what they
   * return is waited for: a promise, an Observable until it completes, a Node server until its `close` event. One that
   * throws, or isn't done within its `timeout`, is logged by its name and skipped.
   *
   * @param phase - `before` anything has changed, while calls and tasks work, new ones too: here a server closes its door;
   * `during` the shutdown, when all calls have ended and the pools are still to be closed; `after` all else.
   * @param fn - What is to be done.
   * @param options - `timeout`, in ms.
   * @returns Disposing it takes the trigger away again.
   * @throws TypeError or RangeError if an argument is wrong; ReactorStopped if that phase is over.
   *
   * @example
   * ```ts
   * reactor.onShutdown('before', () => server.close())
   * reactor.onShutdown('after', () => database.end(), { timeout: 10_000 })
   * ```
   */
  onShutdown(phase: ShutdownPhase, fn: () => unknown, options: TriggerOptions = {}): Disposable {
    return { [Symbol.dispose]: this.#shutdown.triggers.add(phase, fn, options) }
  }

  /**
   * Stops for good. Each step is taken once:
   *
   * 1. `before` triggers run, while everything still works.
   * 2. No new task is begun: `run()` of `createPool` pools is rejected with `ReactorStopped`, but for tasks that an unfinished
   *    call submits. What was begun goes on, tasks with all their further calls, until all of it is done or `grace` ms are over.
   * 3. The calls that are left end with `ReactorStopped` and are unsubscribed, every sleeping thread wakes, and `shutdown$`
   *    fires. `during` triggers run.
   * 4. The attached pools are closed: running tasks, which nothing holds up any more, come to their end, and queued ones are
   *    rejected. A thread that is still busy after `drainTimeout` ms is terminated.
   * 5. `after` triggers run, and the log is flushed.
   *
   * Asking again gives the same promise. `await using` stops too. Raw Workers are the application's to end. A call within which
   * this is called is not waited for.
   *
   * @param options - `grace` and `drainTimeout`, both in ms. What is left out is that of `new Reactor({ stop })`, or its default.
   * @returns Rejects with ReactorThreadError if one of its triggers asks, for it would wait for itself.
   * @throws TypeError or RangeError that names the option that is wrong, or says that the stack is nearly full; then nothing stops.
   *
   * @example
   * ```ts
   * const { interrupted, terminated } = await reactor.stop({ grace: 2_000 })
   * ```
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    return this.#shutdown.stop(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #stoppable(context: ReactorContext): Stoppable {
    const { failures, lines, flushLog } = context
    const admission = this.#admission
    const sources = this.#sources
    const local = this.#local
    const results = this.#results
    return {
      owner: context,
      close: () => sources.close(),
      isUnderWay: () => sources.holdShutdown || local.holdsShutdown || results.holdsShutdown,
      *interrupt(reason) {
        thisThread.reactors.splice(thisThread.reactors.indexOf(local), 1)
        let interrupted = yield* sources.interrupt(reason)
        // Teardowns may retrieve what was stashed, and stash what was retrieved.
        while (local.isBusy || results.isBusy) {
          interrupted += (yield* results.interrupt(reason)) + (yield* local.interrupt(reason))
        }
        return interrupted
      },
      drain: (timeout) => sources.drain(timeout),
      async release() {
        flushLog()
        sources.release()
        local.release()
        results.release()
        await failures.written()
        return failures.logged
      },
      end: () => {
        this.#signals.ignore()
        this.#flushNoMore()
        thisThread.logs.splice(thisThread.logs.indexOf(lines), 1)
        if (thisThread.reactors.length === 0) setEnvironmentData(REACTOR_IN_PARENT, undefined)
        admission.end()
        return admission.rejected
      },
    }
  }

  #attach(source: ThreadSource): Disposable {
    this.#refuseWhenClosing('attach')
    const what = isPool(source) ? 'pool' : 'worker'
    if (!this.#sources.has(source)) {
      if (thisThread.attachments.get(source)?.isLive) {
        throw new AlreadyInUseError(
          isOwnPool(source)
            ? 'attach() was given a pool that createPool() of another reactor made, and that is attached to that; make one of your own'
            : `attach() was given a ${what} that is attached to another reactor; dispose what that attach() returned first`,
        )
      }
      this.#sources.attach(source)
    }
    return { [Symbol.dispose]: () => this.#sources.detach(source) }
  }

  #find(ref: FunctionRef): Callable | Loading {
    switch (ref.in) {
      case 'service':
        return this.#services.find(ref.of, ref.name)
      case 'module':
        return this.#modules.findExported(ref.of, ref.name)
      case 'shared module':
        return this.#modules.findShared(ref.of, ref.name)
    }
  }

  #refuseWhenClosing(what: string): void {
    if (!this.#shutdown.isClosing) return
    throw new ReactorStopped(
      this.state === 'stopped'
        ? `${what}() came after its reactor had stopped, and a stopped reactor stays stopped; make a new Reactor`
        : `${what}() came after stop(), when the \`before\` triggers had run: the reactor is stopping, and takes nothing new; do it before stop(), or in such a trigger`,
    )
  }
}
