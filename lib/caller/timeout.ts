import { shown } from '../protocol/shown.js'

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
