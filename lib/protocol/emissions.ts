/**
 * How values come from a task that emits: through a port of its thread's own, which the thread sends through the pool when its
 * first such task begins. Messages are in the order in which they were emitted.
 *
 * @module
 */
import { MessagePort } from 'node:worker_threads'
import { Mark } from './own-messages.js'

/** A thread that has tasks that emit, and where it posts what. */
export interface Channel {
  readonly port: MessagePort
  readonly threadId: number
}

export function channelMessage({ port, threadId }: Channel): object {
  return { [Mark.EMISSIONS]: threadId, port }
}

/** `undefined` for what is no such message. */
export function readChannel(message: unknown): Channel | undefined {
  if (typeof message !== 'object' || message === null || !(Mark.EMISSIONS in message) || !('port' in message))
    return undefined
  const { [Mark.EMISSIONS]: threadId, port } = message
  return port instanceof MessagePort && typeof threadId === 'number' ? { port, threadId } : undefined
}

/**
 * What is posted is either whose the values behind it are, or a value: so a number is cloned alone, and not in a list with a serial
 * number. Objects are boxed, so that an object that is no list says whose values follow.
 */
export function writeEmission(value: unknown): unknown {
  return typeof value === 'object' ? [value] : value
}

export function writeTurn(serial: number): object {
  return { serial }
}

/** The serial number of the task whose values follow; `undefined` for a value. */
export function readTurn(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined
  // Somebody else's object is nobody's turn.
  return 'serial' in message && typeof message.serial === 'number' ? message.serial : Number.NaN
}

export function readEmission(message: unknown): unknown {
  return Array.isArray(message) ? message[0] : message
}
