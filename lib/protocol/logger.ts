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
