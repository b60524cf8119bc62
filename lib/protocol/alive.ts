import { MessageChannel, type MessagePort } from 'node:worker_threads'

/**
 * Whether the other end of a port is still there, as far as can be told; for a thread that is blocked, and so gets no
 * `close` event. What came has to be read before, for that the other end is gone is the last to come.
 *
 * @param message - What to post, so that it shows. It arrives.
 */
export function isAlive(port: MessagePort, message: unknown): boolean {
  canTell ??= tellsOfItself()
  return !canTell || posts(port, message)
}

/** It isn't documented what `postMessage` returns: `true`, or nothing on a port that has closed (seen with Node 20). */
function posts(port: MessagePort, message: unknown): boolean {
  const returned: unknown = port.postMessage(message)
  return returned === true
}

/** Found out when it is first needed: importing this starts nothing. */
let canTell: boolean | undefined

function tellsOfItself(): boolean {
  const { port1 } = new MessageChannel()
  const tells = posts(port1, undefined)
  port1.close()
  return tells
}
