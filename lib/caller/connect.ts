import { Phase } from '../protocol/memory/phase.js'
import type { Route } from '../protocol/thread.js'
import type { CallOptions } from './call.js'
import { refuseWithoutReactor } from './can-wait.js'
import { Connection } from './connection.js'
import { route } from './route.js'

const DEFAULT_CONNECT_TIMEOUT = 5_000

/** Where another reactor may be there to answer. That of a reactor that has stopped says so until another has come. */
const MAY_ASK_AGAIN: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED, Phase.RELEASED, Phase.REPLACED]
/** Where nobody is known who would. */
const UNHEARD: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED]

/** The thread's one connection, and to where. */
let current: { readonly connection: Connection; readonly to: Route } | undefined

/**
 * The thread's connection to the reactor that accepts it, or may do so.
 *
 * @param what - Needs it, for a message.
 * @throws NotSetUpError in a main thread without a reactor.
 */
export function connect({ connectTimeout = DEFAULT_CONNECT_TIMEOUT }: CallOptions, what: () => string): Connection {
  const to = route() ?? refuseWithoutReactor(what())
  if (current?.to === to && !MAY_ASK_AGAIN.includes(current.connection.phase)) return current.connection
  if (current === undefined) process.on('exit', () => current?.connection.endLog())
  current?.connection.retire()
  const connection = new Connection(to, connectTimeout)
  current = { connection, to }
  return connection
}

/**
 * The thread's connection, for a line. When nobody had accepted the last one, or it was detached, it asks for none anew: only
 * a call is worth waiting for.
 */
export function connectForLog(): Connection {
  const isUnheard = current !== undefined && UNHEARD.includes(current.connection.phase)
  return current !== undefined && isUnheard && current.to === route()
    ? current.connection
    : connect({}, () => 'logger()')
}
