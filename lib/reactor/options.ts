import type { SchedulerLike } from 'rxjs'
import type { LimitOptions } from '../protocol/limits.js'
import type { Logger, LogLevel } from '../protocol/logger.js'
import type { SpinOptions } from '../protocol/patience.js'
import { propertyOf } from '../protocol/reading.js'
import { type StopOptions, stopOptionsOf } from '../protocol/stop.js'

/** What a Reactor goes by; each option has a default. */
export interface ReactorOptions extends LimitOptions, SpinOptions {
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
  /**
   * Signals that start `stop()`: the first stops gracefully, has the listeners of the process's `exit` run, and then ends the
   * process with the signal's own exit status; a second ends it at once. Listeners see the exit code 128 + the signal's number, and
   * with that end a container's process 1, which signals spare, and any process under Windows. Default: none.
   */
  signals?: readonly NodeJS.Signals[]
  /** What `stop()` goes by where nobody gives it options, as at a signal or the end of `await using`. */
  stop?: StopOptions
}

/** @throws TypeError or RangeError that names the option. */
export function stopDefaultsOf({ stop = {} }: ReactorOptions): Required<StopOptions> {
  return stopOptionsOf(stop, 'options.stop')
}

/** @throws TypeError that names the option. */
export function allowModuleOf({ allowModule = isFile }: ReactorOptions): (url: URL) => boolean {
  if (typeof allowModule !== 'function') throw new TypeError('options.allowModule must be a function of a URL')
  return allowModule
}

/** @throws TypeError that names the option. */
export function schedulerOf({ scheduler }: ReactorOptions, mainLoop: SchedulerLike): SchedulerLike {
  if (scheduler !== undefined && typeof propertyOf(scheduler, 'schedule') !== 'function') {
    throw new TypeError('options.scheduler must be a scheduler of RxJS: it has no method `schedule`')
  }
  return scheduler ?? mainLoop
}

function isFile(url: URL): boolean {
  return url.protocol === 'file:'
}
