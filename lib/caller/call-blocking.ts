import { CancelledError, TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import type { AnyFunction } from '../protocol/thread.js'
import type { Call, CallOptions } from './call.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { makeCall } from './make-call.js'
import { CallSite } from './traceback.js'

/**
 * Makes a call and blocks until its outcome; cancels it if there is none in time.
 *
 * @param timeout - In ms.
 * @param boundary - What the application called, for the stack of what is thrown.
 * @throws What the call ends with; TimeoutError; ReactorThreadError; NotSetUpError; ArgumentNotCloneableError.
 */
export function callBlocking(
  ref: FunctionRef,
  args: readonly unknown[],
  options: CallOptions,
  timeout: number,
  boundary: AnyFunction,
): unknown {
  refuseWhereNoneMayWait(() => `${describe(ref)}()`)
  const deadline = clock.now() + timeout
  const call = makeCall(ref, args, options, timeout)
  if (!sleepsUntil(call, deadline)) {
    const why = call.whyLate()
    // An outcome that came at the last moment still counts: then cancelling does nothing.
    call.cancel(
      'timed out',
      () => new TimeoutError(`${describe(ref)} had no outcome within ${timeout} ms, and was cancelled${why}`),
    )
  }
  return call.get(() => new CallSite(boundary))
}

/** As `sleepUntil` of the call; which is cancelled if the task is in which it is made. */
function sleepsUntil(call: Call, deadline: number): boolean {
  try {
    return call.sleepUntil(deadline)
  } catch (cancelled) {
    call.cancel('cancelled', () => new CancelledError(`The task that called ${call.name} was cancelled`))
    throw cancelled
  }
}
