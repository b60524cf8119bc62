import { format } from 'node:util'
import type { LineLevel, LogLine } from '../protocol/logger.js'
import { readProperty, readText } from '../protocol/reading.js'
import { isError } from '../protocol/realms.js'
import { standIn } from '../protocol/shown.js'
import { writeToStderr } from '../protocol/stderr-line.js'
import { thisThread } from '../protocol/thread.js'
import { connectForLog } from './connect.js'
import { isServedHere } from './route.js'

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
 * blocked, as `console.log` of a blocked thread does not. Lines say which `thread` and `pool` they come from; details of
 * these names are kept instead, as those of a line are instead of its logger's.
 *
 * Details cross as failures do: errors stay whole, and what can't cross is shown as text. A logger that is slower than
 * this thread holds it up; after a second of that, lines are dropped, and counted. What no reactor reads goes to standard
 * error: when none has accepted this thread in time, from then on until it makes a call that one accepts; when it was
 * detached, likewise; and when the reactor has stopped.
 *
 * @throws NotSetUpError, when it is used, in a main thread that never had a reactor.
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
    child: (more) => loggerWith({ ...bindings, ...read(more).details }),
  }
}

function lineOf(level: LineLevel, bindings: object, [first, ...rest]: readonly unknown[]): LogLine {
  if (typeof first !== 'object' || first === null)
    return { level, message: format(first, ...rest), details: { ...bindings } }
  const { details, message } = read(first)
  return { level, message: rest.length === 0 ? message : format(...rest), details: { ...bindings, ...details } }
}

/** What an object has, and says; be it that its getters throw, or that it is a Proxy. */
function read(object: object): { readonly details: object; readonly message: string } {
  try {
    if (isError(object)) return { details: { err: object }, message: readText(object, 'message') }
    const details = Object.keys(object).map((key) => [key, readProperty(object, key)] as const)
    return { details: Object.fromEntries(details), message: '' }
  } catch {
    return { details: { details: standIn(object) }, message: '' }
  }
}

/** What was printed, which no level keeps back. */
export function writePrinted(level: LineLevel, message: string): void {
  write({ level, message, details: {}, isPrinted: true })
}

function write(line: LogLine): void {
  const [log] = thisThread.logs
  if (log !== undefined) return log.write(line)
  // Its reactor has stopped, and there is none behind it: not even teardowns and triggers that say so are to fail.
  if (isServedHere()) return writeToStderr(line)
  connectForLog().log(line)
}
