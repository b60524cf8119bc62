import { writeToStderr } from '../protocol/stderr-line.js'
import { Admission } from './admission.js'

/**
 * Logs what code of the application has thrown when nobody wanted anything of it any more, as what a `finally` throws: there is
 * nobody else to tell.
 *
 * @param pool - In whose reactor's log. One that is no reactor's has standard error.
 */
export function logUnwanted(pool: object, message: string, error: unknown): void {
  const details = { err: error }
  const log = Admission.of(pool)?.log
  if (log === undefined) writeToStderr({ level: 'warn', message, details })
  else log.warn(message, details)
}
