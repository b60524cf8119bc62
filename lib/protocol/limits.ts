import { shown } from './shown.js'
import { milliseconds } from './stop.js'

const DEFAULT_MAX_PENDING = 65_536
const DEFAULT_MAX_STASHED = 10_000
const DEFAULT_MAX_UNRETRIEVED = 10_000

/** How much a reactor keeps. */
export interface LimitOptions {
  /** How many unfinished calls one thread may have; at the limit its next call blocks. 1 to 2^31 - 1; default 65,536. */
  maxPending?: number
  /** How many stashed results there may be; of more, the oldest are dropped, and logged. At least 1; default 10,000. */
  maxStashed?: number
  /** How long, in ms, a stashed result waits to be retrieved; then it is dropped, and logged. At least 0; default `Infinity`. */
  stashTtl?: number
  /**
   * How many failures are kept that may still be retrieved, of all threads together; of more, the oldest are logged as nobody's. At
   * least 1; default 10,000.
   */
  maxUnretrieved?: number
}

export interface StoreLimits {
  /** How many results there may be; of more, the oldest are dropped. */
  readonly maxStashed: number
  /** In ms; after that a result is dropped. */
  readonly stashTtl: number
}

const MOST_PENDING = 2 ** 31 - 1

/** @throws TypeError or RangeError that names the option. */
export function maxPendingOf({ maxPending = DEFAULT_MAX_PENDING }: LimitOptions): number {
  if (typeof maxPending !== 'number')
    throw new TypeError(`options.maxPending is \`${shown(maxPending)}\`; it must be a number`)
  if (!Number.isInteger(maxPending) || maxPending < 1 || maxPending > MOST_PENDING) {
    throw new RangeError(`options.maxPending is \`${maxPending}\`; it must be a whole number from 1 to ${MOST_PENDING}`)
  }
  return maxPending
}

/** @throws TypeError or RangeError that names the option. */
export function storeLimitsOf({
  maxStashed = DEFAULT_MAX_STASHED,
  stashTtl = Number.POSITIVE_INFINITY,
}: LimitOptions): StoreLimits {
  if (typeof maxStashed !== 'number') {
    throw new TypeError(`options.maxStashed is \`${shown(maxStashed)}\`; it must be a number`)
  }
  if (!(maxStashed >= 1)) throw new RangeError(`options.maxStashed is \`${maxStashed}\`; it must be at least 1`)
  return { maxStashed, stashTtl: milliseconds('options.stashTtl', stashTtl) }
}

/** @throws TypeError or RangeError that names the option. */
export function maxUnretrievedOf({ maxUnretrieved = DEFAULT_MAX_UNRETRIEVED }: LimitOptions): number {
  if (typeof maxUnretrieved !== 'number') {
    throw new TypeError(`options.maxUnretrieved is \`${shown(maxUnretrieved)}\`; it must be a number`)
  }
  if (maxUnretrieved >= 1) return maxUnretrieved
  throw new RangeError(`options.maxUnretrieved is \`${maxUnretrieved}\`; it must be at least 1`)
}
