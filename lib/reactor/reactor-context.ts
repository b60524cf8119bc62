import type { CallContext } from './call.js'
import type { FailureLog } from './failure-log.js'
import type { LogLines } from './log-lines.js'
import type { MainLoopScheduler } from './main-loop-scheduler.js'
import type { ResultStore } from './result-store.js'
import type { Vigil } from './vigil.js'

/** What callers need of their reactor. */
export interface ReactorContext extends CallContext {
  /** Where requests take their turns; and calls, unless the application has a scheduler of its own. */
  readonly mainLoop: MainLoopScheduler
  /** Looks out for requests. */
  readonly vigil: Vigil
  /** Accepts calls of a pool's, a worker's, or the parent's thread. */
  attach(source: object): Disposable
  /** Wakes every thread, for this one is about to end. */
  abandon(): void
  /** What threads log. */
  readonly lines: LogLines
  /** Writes what threads have logged so far. */
  flushLog(): void
  /** Where failures end that nobody retrieves. */
  readonly failures: FailureLog
  /** Where results are that were stashed. */
  readonly results: ResultStore
}
