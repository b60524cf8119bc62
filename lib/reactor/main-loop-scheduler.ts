import * as clock from '../protocol/clock.js'
import { type SchedulerAction, type SchedulerLike, Subscription } from './rxjs.js'

/** How long, in ms, this package works in one go at the most before it gives the loop back. */
export const TIME_SLICE = 1
/** In ms. Were slices shorter, what the loop does for each would be a good part of all the work. */
const SHORTEST_SLICE = 0.4

interface Runnable {
  run(): void
}

/**
 * The scheduler on which calls run unless the application brings its own: first come, first served, in slices.
 *
 * After a slice, or when nothing is left, the loop is the application's again, and a slice is about as long as what the
 * application did since the last: so timers, sockets and HTTP go on while threads flood it. What is scheduled during a slice
 * goes to the end of the line; so whoever has much to do, and schedules it piece by piece, takes turns with everyone else.
 */
export class MainLoopScheduler implements SchedulerLike {
  readonly #now: () => number
  /** Whose turn it is or will be; not empty just while a slice is due or under way. */
  #line: Runnable[] = []
  #next = 0
  /** When the loop was last given back, in ms of `clock.now()`. */
  #leftAt = 0

  /** @param now - The time, in ms. */
  constructor(now = clock.now) {
    this.#now = now
  }

  now(): number {
    return clock.epoch()
  }

  /** @param delay - In ms; 0 for the end of the line. */
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay?: number, state?: T): Subscription
  schedule<T>(work: (this: SchedulerAction<T>, state: T) => void, delay: number, state: T): Subscription {
    return new MainLoopAction(this, work).schedule(state, delay)
  }

  /**
   * For callbacks of the loop itself: takes a place at the end of the line, and if there is no line, works at once
   * instead of when the loop comes round.
   */
  scheduleNow(work: () => void): void {
    if (this.#line.push({ run: work }) === 1) this.#work()
  }

  /** For the actions: takes a place at the end of the line. */
  enqueue(action: Runnable): void {
    // First what may throw, where the stack is nearly full: a line that nobody works off would be everyone's end.
    if (this.#line.length === 0) clock.inNextTurn(this.#work)
    this.#line.push(action)
  }

  readonly #work = (): void => {
    const end = this.#endOfSlice()
    try {
      do {
        this.#line[this.#next++]?.run()
      } while (this.#next < this.#line.length && this.#now() < end)
    } finally {
      // Also when work threw: the error is the process's to report, but nobody behind it in the line may wait for ever.
      this.#line = this.#line.slice(this.#next)
      this.#next = 0
      this.#leftAt = this.#now()
      if (this.#line.length > 0) clock.inNextTurn(this.#work)
    }
  }

  /** As long as the loop has since had for others: so they have half of it, whatever comes from threads. */
  #endOfSlice(): number {
    const now = this.#now()
    return now + Math.min(TIME_SLICE, Math.max(SHORTEST_SLICE, now - this.#leftAt))
  }
}

class MainLoopAction<T> extends Subscription implements SchedulerAction<T>, Runnable {
  readonly #scheduler: MainLoopScheduler
  readonly #work: (this: SchedulerAction<T>, state: T) => void
  #state: T | undefined
  /** Has a place in the line, be it to no purpose any more. */
  #isInLine = false
  #isDue = false
  #stopTimer: (() => void) | undefined

  constructor(scheduler: MainLoopScheduler, work: (this: SchedulerAction<T>, state: T) => void) {
    super()
    this.#scheduler = scheduler
    this.#work = work
  }

  schedule(state?: T, delay = 0): Subscription {
    this.#state = state
    // As with RxJS's own actions, the last word counts: scheduled again before it ran, it runs once.
    this.#stopTimer?.()
    this.#isDue = false
    if (delay > 0) this.#stopTimer = clock.after(delay, () => this.#lineUp())
    else this.#lineUp()
    return this
  }

  run(): void {
    this.#isInLine = false
    if (this.closed || !this.#isDue) return
    this.#isDue = false
    // The state is what was given with the work: a `T`, be it `undefined`.
    this.#work(this.#state as T)
  }

  #lineUp(): void {
    this.#isDue = true
    if (this.#isInLine) return
    this.#isInLine = true
    this.#scheduler.enqueue(this)
  }

  override unsubscribe(): void {
    this.#stopTimer?.()
    super.unsubscribe()
  }
}
