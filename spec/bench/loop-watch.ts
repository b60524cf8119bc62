import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { waitedForCore } from './core.js'

/**
 * How long something took. All of it counts, for the application waits for all of it, whatever the reason; but two
 * reasons that aren't the measured code's alone are told apart. They may overlap.
 */
export interface Duration {
  /** In ms. */
  readonly ms: number
  /** How much of it the garbage collector took in the main thread, in ms. */
  readonly gc: number
  /** How much of it the main thread had no core to run on, in ms; on Linux. */
  readonly noCore: number
}

interface Span {
  readonly start: number
  readonly end: number
}

/** What the clocks say, in ms. */
interface Look {
  readonly at: number
  /** For a core. */
  readonly waited: number
}

/** In ms. */
const LOOK_EACH = 1
/** In turns of the loop. */
const GC_IS_REPORTED_AFTER = 4

/**
 * Finds the longest time for which something held the main loop.
 *
 * It looks at the clock by a timer, and the longest time between two looks is the hold, up to 2 ms too long. That is
 * what `monitorEventLoopDelay` does too; but it doesn't say *when* the hold was, and so not what it was made of.
 * Looking at each turn, by `setImmediate`, would be exact; but then the loop never rests, and the threads that stop() has
 * woken have a core less (seen on two cores: stop() takes a third longer).
 */
export class LoopWatch {
  readonly #begin = look()
  #lastLook = this.#begin
  #longest: readonly [Look, Look] = [this.#begin, this.#begin]
  readonly #pauses: Span[] = []
  readonly #timer = setInterval(() => this.#look(), LOOK_EACH)
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      this.#pauses.push({ start: startTime, end: startTime + duration })
    }
  })

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** Watches no more. Returns how long it did, and the longest hold. */
  async end(): Promise<{ readonly whole: Duration; readonly longestHold: Duration }> {
    this.#look()
    clearInterval(this.#timer)
    for (let turn = 0; turn < GC_IS_REPORTED_AFTER; turn++) await nextTurn()
    this.#observer.disconnect()
    return { whole: this.#between(this.#begin, this.#lastLook), longestHold: this.#between(...this.#longest) }
  }

  #look(): void {
    const now = look()
    const [start, end] = this.#longest
    if (now.at - this.#lastLook.at > end.at - start.at) this.#longest = [this.#lastLook, now]
    this.#lastLook = now
  }

  #between(start: Look, end: Look): Duration {
    const shared = this.#pauses.map((pause) => Math.min(end.at, pause.end) - Math.max(start.at, pause.start))
    return {
      ms: end.at - start.at,
      gc: shared.reduce((sum, ms) => sum + Math.max(ms, 0), 0),
      noCore: end.waited - start.waited,
    }
  }
}

function look(): Look {
  return { at: performance.now(), waited: waitedForCore() }
}
