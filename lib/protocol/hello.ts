import { MessagePort } from 'node:worker_threads'
import { ConnectionMemory } from './memory/connection-memory.js'
import { Mark } from './own-messages.js'
import { shown } from './shown.js'

/** Grows when the two sides of one version could not understand those of the one before. */
const VERSION = 2

/** Asks whichever reactor has attached this thread for a connection. */
export interface Hello {
  readonly port: MessagePort
  readonly memory: ConnectionMemory
  readonly threadId: number
}

export function helloMessage(hello: Hello): object {
  return { [Mark.HELLO]: VERSION, port: hello.port, memory: hello.memory.buffer, threadId: hello.threadId }
}

/** `undefined` for the application's own messages; a string that says what is wrong with one that bears our mark. */
export function readHello(message: unknown): Hello | string | undefined {
  if (!isRecord(message) || !(Mark.HELLO in message)) return undefined
  if (message[Mark.HELLO] !== VERSION)
    return `its version is ${shown(message[Mark.HELLO])}, this reactor's is ${VERSION}`
  const { port, threadId } = message
  const memory = ConnectionMemory.received(message.memory)
  if (!(port instanceof MessagePort)) return 'it has no port'
  if (memory === undefined) return 'it has no shared memory of the right size'
  if (typeof threadId !== 'number') return 'it has no thread id'
  return { port, memory, threadId }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
