import { pino } from 'pino'
import { firstValueFrom, race, timer } from 'rxjs'
import { LINE_LEVELS, type Logger, type LogLine } from '../protocol/logger.js'

/** From the one that lets everything through to the one that lets nothing through. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LEVELS)[number]

const METHODS = [...LINE_LEVELS, 'child'] as const
const STDERR = 2
/** In ms; how long the shutdown waits for the log. */
const FLUSH_TIMEOUT = 1_000

/** The reactor's log: a logger that can't throw, and that says nothing below its level. */
export class Log {
  readonly #logger: Logger
  readonly #threshold: number

  /**
   * @param logger - The application's; without one, pino on standard error.
   * @param level - Default: `warn` for our own logger, and whatever it lets through for the application's.
   * @throws TypeError if the logger lacks a method, or the level isn't one.
   */
  constructor(logger: Logger | undefined, level: LogLevel | undefined) {
    if (level !== undefined && !LEVELS.includes(level)) {
      throw new TypeError(`options.logLevel is \`${String(level)}\`; it must be one of ${LEVELS.join(', ')}`)
    }
    for (const method of logger === undefined ? [] : METHODS) {
      if (typeof logger?.[method] !== 'function') {
        throw new TypeError(`options.logger has no method \`${method}\`; it must have pino's ${METHODS.join(', ')}`)
      }
    }
    this.#threshold = LEVELS.indexOf(level ?? (logger === undefined ? 'warn' : 'trace'))
    // Standard error, for standard output is the program's; synchronous, so that nothing is lost when the process ends.
    this.#logger =
      logger ?? pino({ name: 'rx-crochet', level: 'trace' }, pino.destination({ dest: STDERR, sync: true }))
  }

  warn(message: string, details: LogLine['details'] = {}): void {
    this.write({ level: 'warn', message, details })
  }

  error(message: string, details: LogLine['details'] = {}): void {
    this.write({ level: 'error', message, details })
  }

  write({ level, message, details }: LogLine): void {
    if (LEVELS.indexOf(level) < this.#threshold) return
    // A logger that throws, or rejects, is the application's to mend; calls and shutdown go on.
    try {
      const returned: unknown = this.#logger[level](details, message)
      if (returned instanceof Promise) returned.catch(() => undefined)
    } catch {}
  }

  /** Resolves when all that was logged is written; or in time, if the logger doesn't say. */
  async flush(): Promise<void> {
    // Twice: pino's destination (sonic-boom 4.2) calls back when the write is done that was under way, if there was one, and
    // leaves what is behind it.
    const flushed = this.#flushed().then(() => this.#flushed())
    await firstValueFrom(
      race(
        flushed.catch(() => undefined),
        timer(FLUSH_TIMEOUT),
      ),
    )
  }

  #flushed(): Promise<unknown> {
    return new Promise<unknown>((resolve) => {
      const { flush } = this.#logger
      const returned = flush?.call(this.#logger, resolve)
      // One that takes no callback is done when it returns, or when the promise is fulfilled that it returns.
      if (flush === undefined || flush.length === 0) resolve(returned)
    })
  }
}
