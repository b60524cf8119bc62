import type { MessagePort, Transferable } from 'node:worker_threads'
import type { RingMemory } from './memory/ring-memory.js'
import { refuseMoved } from './not-posted.js'
import { plainText } from './plain.js'
import { RingWriter } from './ring.js'
import type { Wire } from './wire.js'

/** On the port, in place of a message: there may be something to look at elsewhere. */
export const LOOK = 'look'

/**
 * The environment variable by which specs run over one lane: `general` for nothing in the ring, `fast` for all there that can
 * be, also if its reader has to be told each time.
 */
const LANE = 'RX_CROCHET_LANE'

/**
 * Sends messages in one direction, each on one of two lanes; the other side's `Receiver` has them in the order in which they
 * were sent.
 *
 * The fast lane is a ring in shared memory: for what is small and plain, while there is room, and to a reader that looks into
 * it unasked. The general lane is the port, for everything; it wakes the reader's loop.
 */
export class Sender {
  readonly #lane: string | undefined
  readonly #port: MessagePort
  readonly #memory: RingMemory
  readonly #ring: RingWriter
  /** The position of the last message, in 32 bits. */
  #last = 0

  constructor(port: MessagePort, memory: RingMemory) {
    this.#port = port
    this.#memory = memory
    this.#ring = new RingWriter(memory)
    this.#lane = process.env[LANE]
  }

  /** @throws What posting throws; then nothing was sent. */
  send(message: Wire, transfer: readonly Transferable[] = []): void {
    if (transfer.length === 0 && this.#mayGoFast() && this.#sendFast(message)) return
    refuseMoved(transfer)
    this.#port.postMessage([(this.#last + 1) | 0, message], transfer)
    this.#last = (this.#last + 1) | 0
  }

  #mayGoFast(): boolean {
    switch (this.#lane) {
      case 'general':
        return false
      case 'fast':
        return true
      default:
        return this.#memory.isWatched
    }
  }

  #sendFast(message: Wire): boolean {
    const text = plainText(message)
    const position = (this.#last + 1) | 0
    if (text === undefined || !this.#ring.write(position, text)) return false
    this.#last = position
    // It may have stopped looking since.
    if (!this.#memory.isWatched) this.#port.postMessage(LOOK)
    return true
  }
}
