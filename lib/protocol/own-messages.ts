/**
 * Messages of ours among those that a pool or a worker hands out. The application's own listeners never see them: what emits them
 * gets an `emit` of its own, which keeps them back. No listener could do so, be it the first one.
 *
 * @module
 */
import type { EventEmitter } from 'node:events'

/** Keys that mark our messages. */
export const Mark = {
  /** A thread asks for a connection. */
  HELLO: 'rx-crochet',
  /** A thread sends the channel by which its tasks emit. */
  EMISSIONS: 'rx-crochet: emissions',
} as const

type Take = (message: object) => void

/** Who takes them. An emitter that was here once keeps its `emit`: a message of ours may still be on its way. */
const takers = new WeakMap<EventEmitter, Set<Take>>()
/** What is done with those that nobody takes. */
const leftovers = new WeakMap<EventEmitter, Take>()

/**
 * Has messages that are marked as ours taken.
 *
 * @param take - Is given all of them, other takers' too.
 * @returns Takes no more; they are kept back all the same.
 */
export function takeOwnMessages(emitter: EventEmitter, take: Take): () => void {
  const present = takers.get(emitter) ?? keepBack(emitter)
  present.add(take)
  return () => void present.delete(take)
}

/** Has messages of ours taken that come while nobody else takes them. */
export function takeLeftMessages(emitter: EventEmitter, take: Take): void {
  leftovers.set(emitter, take)
}

function keepBack(emitter: EventEmitter): Set<Take> {
  const own = new Set<Take>()
  takers.set(emitter, own)
  const { emit } = emitter
  const value = function (this: EventEmitter, event: string | symbol, ...args: unknown[]): boolean {
    const [message] = args
    if (event !== 'message' || !isOurs(message)) return emit.call(this, event, ...args)
    if (own.size === 0) leftovers.get(emitter)?.(message)
    for (const take of [...own]) take(message)
    return true
  }
  Object.defineProperty(emitter, 'emit', { value, writable: true, configurable: true })
  return own
}

function isOurs(message: unknown): message is object {
  return typeof message === 'object' && message !== null && (Mark.HELLO in message || Mark.EMISSIONS in message)
}
