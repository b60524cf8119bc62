import { isError } from '../protocol/realms.js'

/** Whether it is the event by which a Piscina says that `close()` took longer than its `closeTimeout`. */
export function isCloseTimeout(error: unknown): boolean {
  return isError(error) && error.message === 'Close operation timed out'
}
