import { types } from 'node:util'
import { LOG_LEVELS, type LogLevel } from '../logger.js'
import { THRESHOLD_BYTES, ThresholdWord, Words } from './words.js'

/** How severe a line of a log must be; set by one thread, and read by the one that has the log, from the next line on. */
export class LogThreshold {
  /** To be shared with the other side. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Words<ThresholdWord>

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Words(buffer)
  }

  static allocate(level: LogLevel): LogThreshold {
    const threshold = new LogThreshold(new SharedArrayBuffer(THRESHOLD_BYTES))
    threshold.level = level
    return threshold
  }

  static received(buffer: unknown): LogThreshold | undefined {
    const isOne = types.isSharedArrayBuffer(buffer) && buffer.byteLength === THRESHOLD_BYTES
    return isOne ? new LogThreshold(buffer) : undefined
  }

  get level(): LogLevel {
    // Only an index of it is ever stored.
    return LOG_LEVELS[this.#words.load(ThresholdWord.LEVEL)] ?? 'warn'
  }

  set level(level: LogLevel) {
    this.#words.store(ThresholdWord.LEVEL, LOG_LEVELS.indexOf(level))
  }

  lets(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#words.load(ThresholdWord.LEVEL)
  }
}
