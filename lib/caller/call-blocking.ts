import { TimeoutError } from '../errors.js'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import type { CallOptions } from './call.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { makeCall } from './make-call.js'

/**
 * Makes a call and blocks until its outcome; cancels it if there is none in time.
 *
 * @param timeout - In ms.
 * @throws What the call ends with; TimeoutError; ReactorThreadError; NotSetUpError; ArgumentNotCloneableError.
 */
export function callBlocking(
  ref: FunctionRef,
  args: readonly unknown[],
  options: CallOptions,
  timeout: number,
): unknown {
  refuseWhereNoneMayWait(() => `${describe(ref)}()`)
  const deadline = performance.now() + timeout
  const call = makeCall(ref, args, options, timeout)
  if (!call.sleepUntil(deadline)) {
    const why = call.whyLate()
    // An outcome that came at the last moment still counts: then cancelling does nothing.
    call.cancel(
      'timed out',
      () => new TimeoutError(`${describe(ref)} had no outcome within ${timeout} ms, and was cancelled${why}`),
    )
  }
  return call.get()
}
