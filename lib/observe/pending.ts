import * as clock from '../protocol/clock.js'

/** One unfinished call. */
export interface PendingCall {
  /** Unique among the calls of one reactor. */
  readonly id: string
  /** The function as messages name it, for example `dns.lookup`. */
  readonly function: string
  /** The calling thread's id, as in `node:worker_threads`. */
  readonly thread: number
  /** In ms, since the reactor received the call. */
  readonly age: number
  /** Whether its thread sleeps on this call now. */
  readonly waiting: boolean
}

/** What a row is made of. */
interface ObservedCall {
  readonly id: string
  readonly name: string
  readonly threadId: number
  readonly since: number
}

export function pendingRow({ id, name, threadId, since }: ObservedCall, waiting: boolean): PendingCall {
  return { id, function: name, thread: threadId, age: clock.now() - since, waiting }
}
