import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

/** Whether structured clone takes a value. Transferables count as not cloneable: they want `move`. */
export function isCloneable(value: unknown): boolean {
  return cloneOf(value) !== undefined
}

/** A structured clone of the value; `undefined` if there is none. */
export function cloneOf<T>(value: T): { readonly value: T } | undefined {
  try {
    return { value: clone(value) }
  } catch {
    return undefined
  }
}

/** A realm of a DOM environment may lack the global function. Posting does the same, in some more time. */
const clone: <T>(value: T) => T = typeof structuredClone === 'function' ? structuredClone : posted

function posted<T>(value: T): T {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value)
    // It was posted, or else that has thrown.
    return receiveMessageOnPort(port2)?.message
  } finally {
    port1.close()
  }
}
