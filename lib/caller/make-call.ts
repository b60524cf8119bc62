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

function connect({ connectTimeout = DEFAULT_CONNECT_TIMEOUT }: CallOptions): Connection {
  // A reactor that stopped was the thread's last word on it; one that never came, or let go of it, may have a successor.
  const ended = connection?.phase === Phase.ABANDONED || connection?.phase === Phase.DETACHED
  if (connection === undefined || ended) connection = new Connection(connectTimeout)
  return connection
}
