import { ReactorStopped } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { type StopOptions, type StopReport, stopOptionsOf } from '../protocol/stop.js'
import { activitiesOf } from './activity.js'
import { Call } from './call.js'
import { inSlices } from './in-slices.js'
import type { Log } from './log.js'
import { AsyncSubject, type Observable } from './rxjs.js'
import { ShutdownTriggers } from './shutdown-triggers.js'
import { ensureStack } from './stack.js'
import { Trigger } from './trigger.js'

/** How far a reactor's shutdown has come, as an application sees it. It only moves forward. */
export type ReactorState = 'running' | 'stopping' | 'stopped'

/** What is shut down, in the order in which it is. */
export interface Stoppable {
  /** Whose calls and triggers these are, as activities name it. */
  readonly owner: object
  /** Begins no new tasks. */
  close(): void
  /** Whether something is unfinished that was begun, and for which the grace is. */
  isUnderWay(): boolean
  /**
   * Ends every connection, so that every sleeping thread wakes; then unsubscribes the unfinished calls, one a step.
   *
   * @returns How many there were.
   */
  interrupt(reason: Error): Generator<void, number>
  /** @param timeout - In ms; after that, threads that are busy are terminated. */
  drain(timeout: number): Promise<Pick<StopReport, 'drained' | 'terminated'>>
  /** Lets go of threads, pools and workers, and logs the failures that nobody has retrieved. Returns how many. */
  release(): Promise<number>
  /** The shutdown is over. Returns how many tasks were rejected. */
  end(): number
}

/** In ms; how often to look whether something is still under way. */
const LOOK_AGAIN = 1

/**
 * The course of a shutdown. It only goes forward, and takes each step once:
 *
 * ```
 *  running ──▶ before ───────────▶ closing ────────▶ interrupted ──────▶ draining ───▶ over
 *              `before` triggers;  grace: no new     the Subject fires                 `after` triggers
 *              all still works     task is begun     `during` triggers                 log is flushed
 *  'running' │ 'stopping' …                                                          … │ 'stopped'
 * ```
 *
 * A step that has nothing to wait for is taken at once: with neither `before` triggers nor grace, every thread is awake
 * when `stop()` returns.
 */
export class Shutdown {
  readonly triggers: ShutdownTriggers
  readonly #stoppable: Stoppable
  readonly #defaults: Required<StopOptions>
  readonly #log: Log
  readonly #subject = new AsyncSubject<ReactorStopped>()
  #report: Promise<StopReport> | undefined
  #isClosing = false
  #isOver = false

  /** @param defaults - For what is left out of the options of `stop()`. */
  constructor(stoppable: Stoppable, defaults: Required<StopOptions>, log: Log) {
    this.triggers = new ShutdownTriggers(stoppable.owner, log)
    this.#stoppable = stoppable
    this.#defaults = defaults
    this.#log = log
  }

  get reason$(): Observable<ReactorStopped> {
    return this.#subject.asObservable()
  }

  get state(): ReactorState {
    if (this.#isOver) return 'stopped'
    return this.#report === undefined ? 'running' : 'stopping'
  }

  /** Whether it takes nothing new any more: pools, workers, services, tasks. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /**
   * Rejects where it would wait for itself; then nothing has begun.
   *
   * @throws TypeError or RangeError that names the option, or that the stack is nearly full; then nothing has begun.
   */
  stop(options: StopOptions): Promise<StopReport> {
    const { grace, drainTimeout } = stopOptionsOf(options, 'stop()', this.#defaults)
    for (const activity of activitiesOf(this.#stoppable.owner)) {
      if (activity instanceof Trigger) return refused(activity.waitsForItself())
      // Whoever waits for the stop in a call must not be waited for.
      if (activity instanceof Call) activity.holdsShutdown = false
    }
    if (this.#report !== undefined) return this.#report
    ensureStack()
    // The promise is there before anything is done: a teardown, or who listens to the Subject, may ask for it again.
    let begin: (report: Promise<StopReport>) => void = () => undefined
    this.#report = new Promise((resolve) => {
      begin = resolve
    })
    begin(this.#run(grace, drainTimeout))
    return this.#report
  }

  async #run(grace: number, drainTimeout: number): Promise<StopReport> {
    const start = clock.now()
    if (this.triggers.has('before')) await this.triggers.run('before')
    else this.triggers.skip('before')
    this.#isClosing = true
    this.#stoppable.close()
    if (grace > 0) await this.#untilFinished(clock.now() + grace)
    const interrupted = await inSlices(this.#interrupt(new ReactorStopped('The reactor has stopped')))
    await this.triggers.run('during')
    const { drained, terminated } = await this.#stoppable.drain(drainTimeout)
    const unretrieved = await this.#stoppable.release()
    await this.triggers.run('after')
    await this.#log.flush()
    const rejected = this.#stoppable.end()
    this.#isOver = true
    return { interrupted, rejected, drained, terminated, unretrieved, durationMs: clock.now() - start }
  }

  /**
   * Waits until all that was begun is finished, or the end has come. One look is not enough: a call that its thread has
   * posted, or a task that the result of another has led to, may be known only when the loop has come round.
   */
  async #untilFinished(end: number): Promise<void> {
    for (let hasRested = false; clock.now() < end; ) {
      if (this.#stoppable.isUnderWay()) {
        hasRested = false
        await clock.wait(LOOK_AGAIN)
      } else {
        if (hasRested) return
        hasRested = true
        // The first of them may be the rest of this turn.
        await clock.nextTurn()
        await clock.nextTurn()
      }
    }
  }

  *#interrupt(reason: ReactorStopped): Generator<void, number> {
    const interrupted = yield* this.#stoppable.interrupt(reason)
    // Only now: streams of the application that the Subject completes must not look like results of calls.
    this.#subject.next(reason)
    this.#subject.complete()
    return interrupted
  }
}

/** Who doesn't wait for it has done nothing wrong, so that nobody looks at it must not end the process. */
function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(() => undefined)
  return promise
}
