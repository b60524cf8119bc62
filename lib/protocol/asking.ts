/**
 * How a thread finds out whether somebody listens for it, before it sends the message that asks for a connection: that goes through
 * its `parentPort`, and an application that knows nothing of it may be all that listens there.
 *
 * It asks by a BroadcastChannel, which no listener of the application sees. A reactor that has attached the thread's Worker, or its
 * pool, invites it: by a word of the connection's memory, for the thread may be blocked by then.
 *
 * @module
 */
import { BroadcastChannel } from 'node:worker_threads'
import { ConnectionMemory } from './memory/connection-memory.js'

const NAME = 'rx-crochet'
/** So many threads are known that asked, and that nobody had attached by then. */
const MOST_ASKING = 256

/** What listens for threads: of a pool, or of a Worker. */
export interface Host {
  /** Whether that thread is one of its own. */
  has(threadId: number): boolean
}

/** For calling threads: asks for an invitation. May be repeated, and never throws. */
export function askForInvitation(threadId: number, memory: ConnectionMemory): void {
  const channel = new BroadcastChannel(NAME)
  try {
    channel.postMessage({ threadId, memory: memory.buffer })
  } catch {
    // Where somebody has put a function of his own in place of `postMessage` of MessagePort, Node may take what was posted for lost.
  } finally {
    channel.close()
  }
}

const hosts = new Set<Host>()
/** By the thread's id. */
const asking = new Map<number, ConnectionMemory>()
let channel: BroadcastChannel | undefined

/**
 * Invites the threads that are that host's; also if they asked before, as long as another host listened here.
 *
 * @returns Invites no more.
 */
export function inviteThreadsOf(host: Host): () => void {
  hosts.add(host)
  channel ??= open()
  for (const [threadId, memory] of asking) {
    if (!host.has(threadId)) continue
    asking.delete(threadId)
    memory.invite()
  }
  return () => {
    hosts.delete(host)
    if (hosts.size > 0) return
    channel?.close()
    channel = undefined
    asking.clear()
  }
}

function open(): BroadcastChannel {
  const opened = new BroadcastChannel(NAME)
  // What Node hands on is a MessageEvent, be it that its type is of another kind.
  opened.onmessage = (event: unknown) => answer(Reflect.get(Object(event), 'data'))
  opened.unref()
  return opened
}

/** Strangers may post here too. */
function answer(message: unknown): void {
  if (typeof message !== 'object' || message === null || !('threadId' in message) || !('memory' in message)) return
  const { threadId } = message
  const memory = ConnectionMemory.received(message.memory)
  if (memory === undefined || typeof threadId !== 'number') return
  for (const host of hosts) if (host.has(threadId)) return memory.invite()
  asking.set(threadId, memory)
  for (const [id, { isDone }] of asking) {
    if (isDone || asking.size > MOST_ASKING) asking.delete(id)
  }
}
