import { optionsOf } from './options.js'
import { shown } from './shown.js'

const DEFAULTS: Required<StopOptions> = { grace: 0, drainTimeout: 5_000 }

/** How long a shutdown may take. */
export interface StopOptions {
  /**
   * How long, in ms, what was begun may go on before it is interrupted: tasks with all their further calls, and calls. At least
   * 0; default 0; `Infinity` for as long as it takes.
   */
  grace?: number
  /** How long, in ms, tasks may take to come to their end before their threads are terminated. At least 0; default 5,000. */
  drainTimeout?: number
}

/** What a shutdown came to. */
export interface StopReport {
  /** Calls that had no outcome, and ended with `ReactorStopped`. */
  readonly interrupted: number
  /** Tasks that pools of `createPool` refused since the reactor began no new ones, and tasks that were dropped from a queue. */
  readonly rejected: number
  /** Threads of attached pools that came to rest in time. */
  readonly drained: number
  /** Threads that were still busy after `drainTimeout`, and were terminated. */
  readonly terminated: number
  /** Failures that nobody has retrieved since the reactor was made; each was logged. */
  readonly unretrieved: number
  /** From `stop()` to the end of the last trigger, in ms. */
  readonly durationMs: number
}

/**
 * @param given - To `stop()`; what it leaves out is taken from `defaults`.
 * @param call - How the message calls it.
 * @throws TypeError or RangeError that names the option.
 */
export function stopOptionsOf(given: StopOptions, call: string, defaults = DEFAULTS): Required<StopOptions> {
  const own = optionsOf(given, 'stop()', call)
  const { grace = defaults.grace, drainTimeout = defaults.drainTimeout } = own
  return {
    grace: milliseconds(`grace of ${call}`, grace),
    drainTimeout: milliseconds(`drainTimeout of ${call}`, drainTimeout),
  }
}

/** @throws TypeError or RangeError. */
export function milliseconds(option: string, value: number): number {
  if (typeof value !== 'number') throw new TypeError(`${option} is \`${shown(value)}\`; it must be a number of ms`)
  if (!(value >= 0)) throw new RangeError(`${option} is \`${value}\`; it must be at least 0 ms`)
  return value
}
