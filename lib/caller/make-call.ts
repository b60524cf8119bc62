import { isMainThread } from 'node:worker_threads'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import { Phase } from '../protocol/memory.js'
import { thisThread } from '../protocol/thread.js'
import type { Call, CallOptions } from './call.js'
import { refuseWithoutReactor } from './can-wait.js'
import { Connection } from './connection.js'
import { LocalCall } from './local-call.js'
import { RemoteCall } from './remote-call.js'

const DEFAULT_CONNECT_TIMEOUT = 5_000

/** The thread's one connection. */
let connection: Connection | undefined

/**
 * Makes a call: to this thread's own reactor if it has one, or else to the one that accepted this thread.
 *
 * @param timeout - In ms; how long the caller is going to wait, or `Infinity` if it didn't say.
 * @throws NotSetUpError in a main thread without a reactor; ArgumentNotCloneableError.
 */
export function makeCall(ref: FunctionRef, args: readonly unknown[], options: CallOptions, timeout: number): Call {
  // The oldest one alive; a stopped one answers that it is.
  if (thisThread.isReactorThread) return new LocalCall(thisThread.reactors[0], ref, args, options)
  if (isMainThread) refuseWithoutReactor(`${describe(ref)}()`)
  return new RemoteCall(connect(options), ref, args, options, timeout)
}

/** Where another reactor may be there to answer. That of a reactor that has stopped says so until another has come. */
const MAY_ASK_AGAIN: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED, Phase.RELEASED]

/** The thread's connection to the reactor that accepts it, or may do so. */
export function connect({ connectTimeout = DEFAULT_CONNECT_TIMEOUT }: CallOptions): Connection {
  if (connection !== undefined && !MAY_ASK_AGAIN.includes(connection.phase)) return connection
  connection?.retire()
  connection = new Connection(connectTimeout)
  return connection
}
