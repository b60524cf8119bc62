import { shown } from './shown.js'

/** What a logger must have; pino's do. One that throws is survived, but its line is lost. */
export interface Logger {
  /** Writes what is of use only to who looks for a fault. */
  debug(details: object, message: string): void
  /** Writes what is as it should be. */
  info(details: object, message: string): void
  /** Writes what is likely to be a mistake, but was dealt with. */
  warn(details: object, message: string): void
  /** Writes what has failed, such as a call whose failure nobody has retrieved. */
  error(details: object, message: string): void
  /** A logger that writes to the same place, and keeps these details with each line. */
  child(bindings: object): Logger
  /** Called at the end of `stop()`, if there is such a method; it calls back, or resolves, when all is written. */
  flush?(done?: (error?: Error) => void): unknown
}

/** The levels that a line can have. */
export const LINE_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LineLevel = (typeof LINE_LEVELS)[number]

export interface LogLine {
  readonly level: LineLevel
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  /** Whether it was printed, and so is written whatever the level of the log. */
  readonly isPrinted?: boolean
}

/** From the one that lets everything through to the one that lets nothing through. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
/** How severe a line must be at least to be logged; as pino's: no line here is less severe than `debug`, or more than `error`. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Of our own logger. */
export const DEFAULT_LOG_LEVEL: LogLevel = 'warn'

/** @throws TypeError that names the option. */
export function checkLogLevel(level: LogLevel | undefined): void {
  if (level === undefined || LOG_LEVELS.includes(level)) return
  throw new TypeError(`options.logLevel is \`${shown(level)}\`; it must be one of ${LOG_LEVELS.join(', ')}`)
}

/** @throws TypeError if it is no level, or not there. */
export function checkedLogLevel(level: LogLevel): LogLevel {
  if (LOG_LEVELS.includes(level)) return level
  throw new TypeError(`logLevel is to be \`${shown(level)}\`; it must be one of ${LOG_LEVELS.join(', ')}`)
}
