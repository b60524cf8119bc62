import { ReactorStopped } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { type Activity, activitiesOf, currentActivity } from '../reactor/activity.js'
import type { Log } from '../reactor/log.js'

/** How far the reactor's shutdown has come, for tasks. It only moves forward. */
type State = 'open' | 'closing' | 'interrupted' | 'over'

interface Waiting {
  readonly activity: Activity | undefined
  readonly closed: () => void
}

/** Whether a reactor lets its pools begin new tasks. One for all of its pools. */
export class Admission {
  static readonly #ofPools = new WeakMap<object, Admission>()

  readonly log: Log
  readonly #owner: object
  readonly #waiting = new Set<Waiting>()
  #state: State = 'open'
  #rejected = 0

  /**
   * @param owner - The reactor, as its calls name it.
   * @param log - The reactor's.
   */
  constructor(owner: object, log: Log) {
    this.#owner = owner
    this.log = log
  }

  /** That of the reactor to which a pool is attached; `undefined` if it is to none. */
  static of(pool: object): Admission | undefined {
    return Admission.#ofPools.get(pool)
  }

  /** It is this reactor's to say whether that pool may begin new tasks. */
  attach(pool: object): void {
    Admission.#ofPools.set(pool, this)
  }

  /** It is not any more. */
  detach(pool: object): void {
    if (Admission.of(pool) === this) Admission.#ofPools.delete(pool)
  }

  /** How many tasks were refused, or dropped from a queue. */
  get rejected(): number {
    return this.#rejected
  }

  /**
   * Whether code of that activity may begin a task. Once it is closed only what was begun may: code of an unfinished call, for
   * whatever made that call was begun before.
   */
  admits(activity = currentActivity()): boolean {
    if (this.#state === 'open') return true
    if (this.#state !== 'closing') return false
    for (const { kind } of activitiesOf(this.#owner, activity)) if (kind === 'call') return true
    return false
  }

  /** The reactor begins no new task from now on, but for those of unfinished calls. */
  close(): void {
    this.#state = 'closing'
    this.#tell()
  }

  /** The reactor interrupts its calls, and so begins no task at all. */
  interrupt(): void {
    this.#state = 'interrupted'
    this.#tell()
  }

  /** The reactor has stopped. */
  end(): void {
    this.#state = 'over'
  }

  /**
   * Called back as soon as code of that activity may begin no task any more.
   *
   * @returns Takes it back.
   */
  onClose(activity: Activity | undefined, closed: () => void): () => void {
    const waiting: Waiting = { activity, closed }
    this.#waiting.add(waiting)
    return () => void this.#waiting.delete(waiting)
  }

  /**
   * Refuses a task: rejects in a later turn of the loop. Code that tries again at once, as `retry()` does, would else go round
   * in microtasks, and hold the loop for ever.
   */
  refuse(what: string): Promise<never> {
    // Made now, for its stack leads to who asked.
    const refusal = this.refusal(what)
    const refused = new Promise<never>((_, reject) => {
      clock.inNextTurn(() => reject(refusal))
    })
    // Last, as all before may throw where the stack is nearly full.
    this.#rejected += 1
    return refused
  }

  /** Tasks were dropped from a queue. */
  dropped(count: number): void {
    this.#rejected += count
  }

  /** Why no task is begun. */
  refusal(what: string): ReactorStopped {
    return new ReactorStopped(
      this.#state === 'over'
        ? `${what} came after the reactor of its pool had stopped, so the task did not run; make a new Reactor, and a pool of that one`
        : `${what} came after stop() of the reactor of its pool, so the task did not run: a reactor that is stopping begins no new ones; refuse new work while its \`state\` is not 'running', for example with status 503`,
    )
  }

  #tell(): void {
    for (const waiting of this.#waiting) {
      if (this.admits(waiting.activity)) continue
      this.#waiting.delete(waiting)
      waiting.closed()
    }
  }
}
