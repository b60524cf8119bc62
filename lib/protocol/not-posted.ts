import { isCloneable, whereNotCloneable } from './cloneable.js'
import { messageOf } from './thrown.js'

/** For the errors of both sides. */
export const CURE = 'plain data can be copied; what `move()` is given must be all of a value, and transferable'

/**
 * Why a value could not be posted, for an error's message.
 *
 * @param value - Without the marks of `move`.
 * @param cause - What `postMessage` threw.
 */
export function whyNotPosted(value: unknown, cause: unknown): string {
  // What can be cloned failed to be transferred.
  return isCloneable(value)
    ? `it could not be transferred (${messageOf(cause)})`
    : `because of ${whereNotCloneable(value)}`
}
