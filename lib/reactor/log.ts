import { types } from 'node:util'
import {
  checkedLogLevel,
  checkLogLevel,
  DEFAULT_LOG_LEVEL,
  LINE_LEVELS,
  type Logger,
  type LogLevel,
  type LogLine,
} from '../protocol/logger.js'
import { LogThreshold } from '../protocol/memory/log-threshold.js'
import { propertyOf } from '../protocol/reading.js'
import { thisThread } from '../protocol/thread.js'
import { type Lines, makeOwnLogger } from './own-logger.js'
import { endsWithin } from './within.js'

const METHODS = [...LINE_LEVELS, 'child'] as const
/** In ms; how long the shutdown waits for the log. */
const FLUSH_TIMEOUT = 1_000

/** The reactor's log: a logger that can't throw, and that says nothing below its level. */
export class Log {
  readonly #given: Logger | undefined
  #own: Lines | undefined
  #threshold: LogThreshold

  /**
   * @param logger - The application's; without one, pino on standard error.
   * @param level - Default: `warn` for our own logger, and whatever it lets through for the application's.
   * @throws TypeError if the logger lacks a method, or the level isn't one.
   */
  constructor(logger: Logger | undefined, level: LogLevel | undefined) {
    checkLogLevel(level)
    for (const method of logger === undefined ? [] : METHODS) {
      if (typeof propertyOf(logger, method) !== 'function') {
        throw new TypeError(`options.logger has no method \`${method}\`; it must have pino's ${METHODS.join(', ')}`)
      }
    }
    this.#threshold = LogThreshold.allocate(level ?? (logger === undefined ? DEFAULT_LOG_LEVEL : 'trace'))
    this.#given = logger
  }

  /** What is less severe is not logged. */
  get level(): LogLevel {
    return this.#threshold.level
  }

  /** @throws TypeError if it is none. */
  set level(level: LogLevel) {
    this.#threshold.level = checkedLogLevel(level)
  }

  /** From now on another thread sets the level. */
  goBy(threshold: LogThreshold): void {
    this.#threshold = threshold
  }

  /** Our own is made when it is first needed. */
  get #logger(): Lines {
    if (this.#given !== undefined) return this.#given
    this.#own ??= makeOwnLogger()
    return this.#own
  }

  warn(message: string, details: LogLine['details'] = {}): void {
    this.write({ level: 'warn', message, details })
  }

  error(message: string, details: LogLine['details'] = {}): void {
    this.write({ level: 'error', message, details })
  }

  write({ level, message, details, isPrinted = false }: LogLine): void {
    if (!isPrinted && !this.#threshold.lets(level)) return
    const { isWritingLine } = thisThread
    thisThread.isWritingLine = true
    // A logger that throws, or rejects, is the application's to mend; calls and shutdown go on.
    try {
      const returned: unknown = this.#logger[level](details, message)
      if (types.isPromise(returned)) returned.catch(() => undefined)
    } catch {
    } finally {
      thisThread.isWritingLine = isWritingLine
    }
  }

  /** Resolves when all that was logged is written; or in time, if the logger doesn't say. */
  async flush(): Promise<void> {
    // Twice: pino's destination (sonic-boom 4.2) calls back when the write is done that was under way, if there was one, and
    // leaves what is behind it.
    const flushed = this.#flushed().then(() => this.#flushed())
    await endsWithin(FLUSH_TIMEOUT, flushed).catch(() => undefined)
  }

  #flushed(): Promise<unknown> {
    return new Promise<unknown>((resolve) => {
      const logger = this.#given ?? this.#own
      const flush = logger?.flush
      const returned = flush?.call(logger, resolve)
      // One that takes no callback is done when it returns, or when the promise is fulfilled that it returns.
      if (flush === undefined || flush.length === 0) resolve(returned)
    })
  }
}
