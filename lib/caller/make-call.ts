import { describe, type FunctionRef } from '../protocol/function-ref.js'
import { thisThread } from '../protocol/thread.js'
import type { Call, CallOptions } from './call.js'
import { connect } from './connect.js'
import { callHere } from './local-call.js'
import { callRemotely } from './remote-call.js'
import { isServedHere } from './route.js'

/**
 * Makes a call: to this thread's own reactor if it has one, or else to the one that accepted this thread.
 *
 * @param timeout - In ms; how long the caller is going to wait, or `Infinity` if it didn't say.
 * @throws NotSetUpError in a main thread without a reactor; ArgumentNotCloneableError.
 */
export function makeCall(ref: FunctionRef, args: readonly unknown[], options: CallOptions, timeout: number): Call {
  // The oldest one that takes calls; if there is none, the call is told that it came too late.
  if (isServedHere()) return callHere(thisThread.reactors[0], ref, args, options)
  return callRemotely(
    connect(options, () => `${describe(ref)}()`),
    ref,
    args,
    options,
    timeout,
  )
}
