import { optionsOf } from '../protocol/options.js'
import { shown } from '../protocol/shown.js'

/** How long a thread waits for the reactor's store of results. */
export interface StoreOptions {
  /** The longest time to wait for the reactor, in ms. At least 0; no bound must be written out: `Infinity`. Default 30,000. */
  timeout?: number
}

const DEFAULT_STORE_TIMEOUT = 30_000

/** @throws TypeError or RangeError that names the option. */
export function storeTimeoutOf(given: StoreOptions, what: 'stash()' | 'retrieveResult()'): number {
  const { timeout = DEFAULT_STORE_TIMEOUT } = optionsOf(given, what)
  return checkTimeout(timeout, () => what)
}

/**
 * Checks a timeout that a user wrote.
 *
 * @param where - Says which call it was given to, for the message.
 * @returns The timeout, in ms.
 * @throws TypeError if it is missing or no number; RangeError if it is NaN or negative.
 */
export function checkTimeout(timeout: unknown, where: () => string): number {
  if (typeof timeout === 'number' && timeout >= 0) return timeout
  const cure = 'give the longest time to wait, in ms: 0 to look without waiting, `Infinity` to wait without bound'
  if (timeout === undefined) throw new TypeError(`${where()} has no timeout; ${cure}`)
  if (typeof timeout !== 'number') throw new TypeError(`The timeout of ${where()} is \`${shown(timeout)}\`; ${cure}`)
  throw new RangeError(`The timeout of ${where()} is \`${timeout}\`; ${cure}`)
}
