import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { RingMemory } from './memory/ring-memory.js'
import { RingReader } from './ring.js'
import { LOOK } from './sender.js'

export interface Received {
  /** What was sent; `undefined` if a stranger posted something else. */
  readonly message: unknown
}

const STRANGE: Received = { message: undefined }

/**
 * Receives what a `Sender` sends, from both lanes in the order in which it was sent; and what strangers post on the port.
 *
 * Each lane keeps its order, and each message has its position. So the next message is the one at the head of either lane
 * that has the lower position.
 */
export class Receiver {
  readonly #port: MessagePort
  readonly #ring: RingReader
  /** Messages from the port that wait for what is before them in the ring. */
  readonly #inHand: unknown[] = []
  /** The position after that of the last message, in 32 bits. */
  #expected = 1
  #isPortOpen = true

  constructor(port: MessagePort, memory: RingMemory) {
    this.#port = port
    this.#ring = new RingReader(memory)
  }

  /** Whether there is something in the ring, or in hand. */
  get hasMore(): boolean {
    return this.#inHand.length > 0 || this.#ring.head !== undefined
  }

  /** Takes what came on the port as an event. */
  hold(message: unknown): void {
    if (message !== LOOK) this.#inHand.push(message)
  }

  /** The port tells that it has closed. Reading it from then on kills the process (segmentation fault, Node 20.20). */
  portClosed(): void {
    this.#isPortOpen = false
  }

  /**
   * The next message; `undefined` if none has come.
   *
   * @throws What reading throws; then a message is lost, and there may be more.
   */
  next(): Received | undefined {
    const head = this.#ring.head
    // So nothing on the port comes before it.
    if (head === this.#expected) return this.#fromRing(head)
    if (this.#inHand.length === 0) this.receive()
    if (this.#inHand.length === 0) return head === undefined ? undefined : this.#fromRing(head)
    const position = positionOf(this.#inHand[0])
    // What was sent before it is in the ring by now; also if it was not a moment ago. That with the same position is what a
    // getter sent while the one on the port was copied.
    const before = this.#ring.head
    if (before !== undefined && position !== undefined && !isBefore(position, before)) return this.#fromRing(before)
    return this.#fromHand(position)
  }

  /**
   * Takes the next message from the port; returns whether there was one.
   *
   * @throws What reading throws; then it is lost, and there may be more.
   */
  receive(): boolean {
    while (this.#isPortOpen) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return false
      this.hold(received.message)
      if (this.#inHand.length > 0) return true
    }
    return false
  }

  #fromRing(position: number): Received {
    const text = this.#ring.take()
    this.#expected = (position + 1) | 0
    return { message: JSON.parse(text) }
  }

  #fromHand(position: number | undefined): Received {
    const message = this.#inHand.shift()
    if (position === undefined || !Array.isArray(message)) return STRANGE
    this.#expected = (position + 1) | 0
    return { message: message[1] }
  }
}

/** `undefined` for a stranger's message. */
function positionOf(message: unknown): number | undefined {
  const position: unknown = Array.isArray(message) ? message[0] : undefined
  return typeof position === 'number' && Number.isInteger(position) ? position | 0 : undefined
}

/** In the order of numbers that wrap. */
function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0
}
