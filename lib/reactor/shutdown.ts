import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { ReactorStopped } from '../errors.js'
import type { DrainReport } from '../pool/drain.js'
import { type StopOptions, type StopReport, stopOptionsOf } from '../protocol/stop.js'
import { inSlices } from './in-slices.js'
import type { Log } from './log.js'
import { AsyncSubject, type Observable } from './rxjs.js'
import { ShutdownTriggers } from './shutdown-triggers.js'

/** What is shut down, in the order in which it is. */
export interface Stoppable {
  /** Takes no new calls. */
  close(): void
  /** Whether calls are unfinished. */
  isBusy(): boolean
  /**
   * Ends every connection, so that every sleeping thread wakes; then unsubscribes the unfinished calls, one a step.
   *
   * @returns How many there were.
   */
  interrupt(reason: Error): Generator<void, number>
  /** @param timeout - In ms; after that, threads that are busy are terminated. */
  drain(timeout: number): Promise<DrainReport>
  /** Lets go of threads, pools and workers, and logs the failures that nobody has retrieved. Returns how many. */
  release(): number
  /** The shutdown is over. */
  end(): void
}

/** In ms; how often to look whether calls are still unfinished. */
const LOOK_AGAIN = 1

/**
 * The course of a shutdown. It only goes forward, and takes each step once:
 *
 * ```
 *  running ───▶ closing ─────────▶ interrupted ──────▶ draining ───▶ over
 *               `before` triggers  the Subject fires                 `after` triggers
 *               grace              `during` triggers                 log is flushed
 * ```
 *
 * A step that has nothing to wait for is taken at once: with neither `before` triggers nor grace, every thread is awake
 * when `stop()` returns.
 */
export class Shutdown {
  readonly triggers: ShutdownTriggers
  readonly #stoppable: Stoppable
  readonly #defaults: StopOptions
  readonly #log: Log
  readonly #subject = new AsyncSubject<ReactorStopped>()
  #report: Promise<StopReport> | undefined

  /** @param defaults - For what is left out of the options of `stop()`. */
  constructor(stoppable: Stoppable, defaults: StopOptions, log: Log) {
    this.triggers = new ShutdownTriggers(log)
    this.#stoppable = stoppable
    this.#defaults = defaults
    this.#log = log
  }

  get reason$(): Observable<ReactorStopped> {
    return this.#subject.asObservable()
  }

  get hasBegun(): boolean {
    return this.#report !== undefined
  }

  /** @throws TypeError or RangeError that names the option; then nothing has begun. */
  stop(options: StopOptions): Promise<StopReport> {
    if (this.#report === undefined) {
      const { grace, drainTimeout } = stopOptionsOf(options, this.#defaults, 'stop()')
      let report: (report: Promise<StopReport>) => void = () => undefined
      // The promise is there before anything is done: a teardown, or who listens to the Subject, may ask for it again.
      this.#report = new Promise((resolve) => {
        report = resolve
      })
      report(this.#run(grace, drainTimeout))
    }
    return this.#report
  }

  async #run(grace: number, drainTimeout: number): Promise<StopReport> {
    const start = performance.now()
    this.#stoppable.close()
    if (this.triggers.has('before')) await this.triggers.run('before')
    else this.triggers.skip('before')
    if (grace > 0) await this.#untilIdle(performance.now() + grace)
    const interrupted = await inSlices(this.#interrupt(new ReactorStopped('The reactor has stopped')))
    await this.triggers.run('during')
    const { drained, terminated } = await this.#stoppable.drain(drainTimeout)
    const unretrieved = this.#stoppable.release()
    await this.triggers.run('after')
    await this.#log.flush()
    this.#stoppable.end()
    return { interrupted, drained, terminated, unretrieved, durationMs: performance.now() - start }
  }

  /** Waits until no call is unfinished, or the end has come. */
  async #untilIdle(end: number): Promise<void> {
    // A call that its thread has posted is known when the loop has come round. The first turn may be the rest of this one.
    await nextTurn()
    await nextTurn()
    while (this.#stoppable.isBusy() && performance.now() < end) await sleep(LOOK_AGAIN)
  }

  *#interrupt(reason: ReactorStopped): Generator<void, number> {
    const interrupted = yield* this.#stoppable.interrupt(reason)
    // Only now: streams of the application that the Subject completes must not look like results of calls.
    this.#subject.next(reason)
    this.#subject.complete()
    return interrupted
  }
}
