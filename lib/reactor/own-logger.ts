import type { LineLevel, Logger } from '../protocol/logger.js'
import { writeToStderr } from '../protocol/stderr-line.js'
import { messageOf } from '../protocol/thrown.js'
import { loadPino } from './load-pino.js'

const STDERR = 2

/** What a log needs of a logger. */
export type Lines = Omit<Logger, 'child'>

/**
 * The reactor's logger when the application gives none: pino's, which lets all levels through. Where pino is missing, it
 * writes plain lines, the first of which says so.
 */
export function makeOwnLogger(): Lines {
  try {
    const { pino } = loadPino()
    // Standard error, for standard output is the program's; synchronous, so that nothing is lost when the process ends.
    return pino({ name: 'rx-crochet', level: 'trace' }, pino.destination({ dest: STDERR, sync: true }))
  } catch (error) {
    const lines = plainLines()
    const [cause] = messageOf(error).split('\n')
    lines.warn(
      {},
      `rx-crochet: pino could not be loaded, so the log is plain lines (${cause}); deploy pino beside the bundled application, or give the Reactor a \`logger\``,
    )
    return lines
  }
}

function plainLines(): Lines {
  const at =
    (level: LineLevel) =>
    (details: object, message: string): void =>
      writeToStderr({ level, message, details: { ...details } })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
