import { Phase } from '../protocol/memory/phase.js'
import { type Route, thisThread } from '../protocol/thread.js'
import type { CallOptions } from './call.js'
import { refuseWithoutReactor } from './can-wait.js'
import { Connection } from './connection.js'
import { route, TO_PARENT } from './route.js'

/** In ms; for threads of which nobody knows whether a reactor has their pool or worker. */
const DEFAULT_CONNECT_TIMEOUT = 5_000

/** Where another reactor may be there to answer. That of a reactor that has stopped says so until another has come. */
const MAY_ASK_AGAIN: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED, Phase.RELEASED, Phase.REPLACED]
/** Where calls are answered, or may yet be. */
const LIVE: readonly Phase[] = [Phase.ATTACHED, Phase.CLOSING]
/** Where nobody is known who would. */
const UNHEARD: readonly Phase[] = [Phase.ABANDONED, Phase.DETACHED]

/** The thread's one connection, and to where. */
let current: { readonly connection: Connection; readonly to: Route } | undefined

/**
 * The thread's connection to the reactor that accepts it, or may do so. As long as that reactor lives the thread has no other, whatever
 * it sets up meanwhile: so all its unfinished calls are on one connection, on which it can sleep for all of them.
 *
 * @param what - Needs it, for a message.
 * @throws NotSetUpError in a main thread without a reactor.
 */
export function connect(options: CallOptions, what: () => string): Connection {
  const to = route() ?? refuseWithoutReactor(what())
  if (current !== undefined && isToStay(current, to)) return current.connection
  if (current === undefined) {
    process.on('exit', () => current?.connection.endLog())
    thisThread.tasks = {
      begin: () => current?.connection.tasksBegin(),
      ended: () => current?.connection.tasksEnded(),
    }
  }
  current?.connection.retire()
  const connection = new Connection(to, connectTimeoutOf(options))
  current = { connection, to }
  return connection
}

/**
 * Of this package's own calls there are no options, whatever every object may have. A pool that its reactor has let go of since may
 * have none: then it asks as any other.
 */
export function connectTimeoutOf(options: CallOptions): number {
  const own = Object.hasOwn(options, 'connectTimeout') ? options.connectTimeout : undefined
  const hasReactor = thisThread.isOfReactor && current?.connection.phase !== Phase.DETACHED
  return own ?? (hasReactor ? Number.POSITIVE_INFINITY : DEFAULT_CONNECT_TIMEOUT)
}

/** Whether a reactor of this thread's parent has accepted it: then that is the one for its calls. */
export function isAcceptedByParent(): boolean {
  return current?.to === TO_PARENT && LIVE.includes(current.connection.phase)
}

function isToStay({ connection, to }: NonNullable<typeof current>, route: Route): boolean {
  if (to === route) return !MAY_ASK_AGAIN.includes(connection.phase)
  // This thread has set up a reactor since; unless another one accepts it at this very moment.
  connection.giveUpAsking()
  return LIVE.includes(connection.phase)
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
