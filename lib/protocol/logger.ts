/** What a logger must have; pino's do. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
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
}

/** From the one that lets everything through to the one that lets nothing through. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** @throws TypeError */
export function checkLogLevel(level: LogLevel | undefined): void {
  if (level === undefined || LOG_LEVELS.includes(level)) return
  throw new TypeError(`options.logLevel is \`${String(level)}\`; it must be one of ${LOG_LEVELS.join(', ')}`)
}
