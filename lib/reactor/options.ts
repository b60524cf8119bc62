import type { SchedulerLike } from 'rxjs'
import type { Logger } from '../protocol/logger.js'
import type { LogLevel } from './log.js'
import type { StoreLimits } from './result-store.js'
import { milliseconds, type StopOptions, stopOptionsOf } from './stop.js'

const DEFAULT_MAX_PENDING = 65_536
const DEFAULT_MAX_STASHED = 10_000

export interface ReactorOptions {
  /** Where the reactor logs: anything with pino's `debug`, `info`, `warn`, `error`, `child`. Default: pino, to standard error. */
  logger?: Logger
  /** What is less severe than this is not logged. Default: `warn`, and with a `logger` of your own whatever it lets through. */
  logLevel?: LogLevel
  /**
   * On what calls are subscribed. Default: in arrival order on the main loop, which gets back to its other work after
   * slices of about 1 ms. With a `VirtualTimeScheduler` or `TestScheduler` calls run when it is flushed.
   */
  scheduler?: SchedulerLike
  /** Which modules a calling thread may have the reactor import. Default: those of `file:` URLs. */
  allowModule?: (url: URL) => boolean
  /** How many unfinished calls one thread may have; at the limit its next call blocks. 1 to 2^31 - 1; default 65,536. */
  maxPending?: number
  /**
   * Signals that start `stop()`: the first stops gracefully and then ends the process with the signal's own exit status, a
   * second ends it at once. Default: none.
   */
  signals?: readonly NodeJS.Signals[]
  /** How many stashed results there may be; of more, the oldest are dropped, and logged. At least 1; default 10,000. */
  maxStashed?: number
  /** How long, in ms, a stashed result waits to be retrieved; then it is dropped, and logged. At least 0; default `Infinity`. */
  stashTtl?: number
  /** What `stop()` goes by where nobody gives it options, as at a signal or the end of `await using`. */
  stop?: StopOptions
}

const MOST_PENDING = 2 ** 31 - 1

/** @throws TypeError or RangeError that names the option. */
export function maxPendingOf({ maxPending = DEFAULT_MAX_PENDING }: ReactorOptions): number {
  if (typeof maxPending !== 'number')
    throw new TypeError(`options.maxPending is \`${String(maxPending)}\`; it must be a number`)
  if (!Number.isInteger(maxPending) || maxPending < 1 || maxPending > MOST_PENDING) {
    throw new RangeError(`options.maxPending is \`${maxPending}\`; it must be a whole number from 1 to ${MOST_PENDING}`)
  }
  return maxPending
}

/** @throws TypeError or RangeError that names the option. */
export function storeLimitsOf({
  maxStashed = DEFAULT_MAX_STASHED,
  stashTtl = Number.POSITIVE_INFINITY,
}: ReactorOptions): StoreLimits {
  if (typeof maxStashed !== 'number') {
    throw new TypeError(`options.maxStashed is \`${String(maxStashed)}\`; it must be a number`)
  }
  if (!(maxStashed >= 1)) throw new RangeError(`options.maxStashed is \`${maxStashed}\`; it must be at least 1`)
  return { maxStashed, stashTtl: milliseconds('options.stashTtl', stashTtl) }
}

/** @throws TypeError or RangeError that names the option. */
export function stopDefaultsOf({ stop = {} }: ReactorOptions): StopOptions {
  return stopOptionsOf(stop, {}, 'options.stop')
}

/** @throws TypeError that names the option. */
export function allowModuleOf({ allowModule = isFile }: ReactorOptions): (url: URL) => boolean {
  if (typeof allowModule !== 'function') throw new TypeError('options.allowModule must be a function of a URL')
  return allowModule
}

/** @throws TypeError that names the option. */
export function schedulerOf({ scheduler }: ReactorOptions, mainLoop: SchedulerLike): SchedulerLike {
  if (scheduler !== undefined && typeof scheduler?.schedule !== 'function') {
    throw new TypeError('options.scheduler must be a scheduler of RxJS: it has no method `schedule`')
  }
  return scheduler ?? mainLoop
}

function isFile(url: URL): boolean {
  return url.protocol === 'file:'
}
