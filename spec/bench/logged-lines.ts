import type { Logger } from 'rx-crochet'
import { type Figure, quantile } from './figures.js'
import { ROUNDS } from './rounds.js'
import { start } from './start.js'

const LINES = 20_000
/**
 * A line is taken apart so that any detail crosses, checked, put together again and counted back to the thread, which
 * bounds how many wait. A message is just cloned, and nothing bounds how many wait.
 */
const MOST_TIMES = 6

/** A logger that does nothing, so that it is the way there that is measured. It says when it has had so many lines. */
class CountingLogger implements Logger {
  #left = 0
  #onLast: () => void = () => undefined

  /** Resolves with the time of the last of that many lines, in ns of `process.hrtime`. */
  last(lines: number): Promise<bigint> {
    this.#left = lines
    return new Promise((resolve) => {
      this.#onLast = () => resolve(process.hrtime.bigint())
    })
  }

  warn(): void {
    this.#left -= 1
    if (this.#left === 0) this.#onLast()
  }

  debug(): void {}
  info(): void {}
  error(): void {}
  child(): Logger {
    return this
  }
}

/** How long a line takes of many that a busy thread logs, until the logger has had it, beside the same as a message. */
export async function loggedLines(): Promise<Figure> {
  const logger = new CountingLogger()
  const peer = new CountingLogger()
  const { reactor, pool } = start(1, {}, { logger })
  pool.on('message', () => peer.warn())
  const timed = async (name: string, to: CountingLogger): Promise<number> => {
    const end = to.last(LINES)
    const begin: bigint = await pool.run(LINES, { name })
    return Number((await end) - begin) / 1e3 / LINES
  }
  try {
    const [ours, theirs] = [new Float64Array(ROUNDS), new Float64Array(ROUNDS)]
    // The first is for the compilers.
    for (let round = -1; round < ROUNDS; round++) {
      const [line, message] = [await timed('logsLines', logger), await timed('postsLines', peer)]
      if (round < 0) continue
      ours[round] = line
      theirs[round] = message
    }
    return {
      what: `a line logged by a busy thread, of ${LINES}, median round`,
      unit: 'µs',
      ours: quantile(ours, 0.5),
      beside: { name: 'postMessage', value: quantile(theirs, 0.5) },
      atMost: MOST_TIMES,
    }
  } finally {
    await reactor.stop()
  }
}
