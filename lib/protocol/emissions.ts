/**
 * How values come from a task that emits: through a port of its thread's own, which the thread sends through the pool when its
 * first such task begins. Messages are in the order in which they were emitted.
 *
 * @module
 */
import { MessagePort } from 'node:worker_threads'

/** Marks our one message among those that the application sends through the pool. Another one than that for calls. */
const MARK = 'rx-crochet: emissions'

/** A thread that has tasks that emit, and where it posts what. */
export interface Channel {
  readonly port: MessagePort
  readonly threadId: number
}

/** A value, and the serial number of the task that emitted it. */
export type Emission = readonly [serial: number, value: unknown]

export function channelMessage({ port, threadId }: Channel): object {
  return { [MARK]: threadId, port }
}

/** `undefined` for what is no such message. */
export function readChannel(message: unknown): Channel | undefined {
  if (typeof message !== 'object' || message === null || !(MARK in message) || !('port' in message)) return undefined
  const { [MARK]: threadId, port } = message
  return port instanceof MessagePort && typeof threadId === 'number' ? { port, threadId } : undefined
}

/** `undefined` for what is none. */
export function readEmission(message: unknown): Emission | undefined {
  if (!Array.isArray(message)) return undefined
  const [serial, value]: unknown[] = message
  return typeof serial === 'number' ? [serial, value] : undefined
}
