import { Phase } from '../protocol/memory.js'
import type { CallOptions } from './call.js'
import { Connection } from './connection.js'

const DEFAULT_CONNECT_TIMEOUT = 5_000

/** Where another reactor may be there to answer. That of a reactor that has stopped says so until another has come. */
const MAY_ASK_AGAIN: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED, Phase.RELEASED]

/** The thread's one connection. */
let connection: Connection | undefined

/** The thread's connection to the reactor that accepts it, or may do so. */
export function connect({ connectTimeout = DEFAULT_CONNECT_TIMEOUT }: CallOptions): Connection {
  if (connection !== undefined && !MAY_ASK_AGAIN.includes(connection.phase)) return connection
  connection?.retire()
  connection = new Connection(connectTimeout)
  return connection
}
