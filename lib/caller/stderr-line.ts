import type { LogLine } from '../protocol/logger.js'
import { standIn } from '../protocol/reading.js'

/** Writes a line where it is seen when no reactor can: what it says first, then its details. */
export function writeToStderr({ message, details }: LogLine): void {
  const shown = Object.entries(details).map(([key, value]) => `${key}: ${standIn(value)}`)
  process.stderr.write(`${[message, ...shown].join(' ').trimStart()}\n`)
}
