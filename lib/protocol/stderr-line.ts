import type { LogLine } from './logger.js'
import { standIn } from './shown.js'

/** Writes a line where it is seen when no logger has it: what it says first, then its details. */
export function writeToStderr({ message, details }: LogLine): void {
  const shown = Object.entries(details).map(([key, value]) => `${key}: ${standIn(value)}`)
  process.stderr.write(`${[message, ...shown].join(' ').trimStart()}\n`)
}
