import { format } from 'node:util'
import type { LineLevel, LogLine } from '../protocol/logger.js'
import { thisThread } from '../protocol/thread.js'
import { connect } from './connect.js'

/** As pino's: what is to be kept with a line, and what it says; or just what it says. */
export interface LogFunction {
  (details: object, message?: string, ...args: unknown[]): void
  (message: string, ...args: unknown[]): void
}

/** A logger of pino's shape. */
export interface ThreadLogger extends Record<LineLevel, LogFunction> {
  /** A logger whose lines all keep these details. */
  child(bindings: object): ThreadLogger
}

/**
 * A logger that writes through the reactor's. What it is told appears at once and in order, also while this thread is
 * blocked, as `console.log` of a blocked thread does not. Lines say which thread and pool they come from.
 *
 * Details cross as failures do: errors stay whole, and what can't cross is shown as text. A logger that is slower than
 * this thread holds it up; after a second of that, lines are dropped, and counted.
 *
 * @throws NotSetUpError, when it is used, in a main thread without a reactor.
 *
 * @example
 * ```ts
 * const log = logger()
 * log.warn({ file }, 'skipped')
 * ```
 */
export function logger(): ThreadLogger {
  return loggerWith({})
}

function loggerWith(bindings: object): ThreadLogger {
  const at =
    (level: LineLevel): LogFunction =>
    (...args: readonly unknown[]) =>
      write(lineOf(level, bindings, args))
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => loggerWith({ ...bindings, ...more }),
  }
}

function lineOf(level: LineLevel, bindings: object, [first, ...rest]: readonly unknown[]): LogLine {
  if (typeof first !== 'object' || first === null)
    return { level, message: format(first, ...rest), details: { ...bindings } }
  const isError = first instanceof Error
  const details = { ...bindings, ...(isError ? { err: first } : first) }
  if (rest.length === 0) return { level, message: isError ? first.message : '', details }
  return { level, message: format(...rest), details }
}

function write(line: LogLine): void {
  const [reactor] = thisThread.reactors
  if (reactor !== undefined) return reactor.log(line)
  connect({}, () => 'logger()').log(line)
}
