import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { readChannel, readEmission } from '../protocol/emissions.js'

/** In ms; for how long values are handed on in one go, before the loop goes on. */
const TIME_SLICE = 1

/** A task that may emit. */
export interface Emitter {
  readonly serial: number
  /** The thread that emits it; `undefined` if it does not. */
  readonly channel: number | undefined
  receive(value: unknown): void
  /** One of its values came, but could not be read. */
  unreadable(cause: unknown): void
}

/** What the threads of one pool emit. */
export class Emissions {
  static readonly #all = new WeakMap<Piscina, Emissions>()

  readonly #emitters = new Map<number, Emitter>()
  /** By the thread's id; of threads that live. */
  readonly #ports = new Map<number, MessagePort>()
  /** Tasks that have ended, by the ids of their threads, whose channels are still to come. */
  readonly #awaited = new Map<number, () => void>()
  /** Tasks whose threads have ended, and all that these had emitted has been received. */
  readonly #orphans = new Set<Emitter>()

  private constructor(pool: Piscina) {
    pool.on('message', (message: unknown) => {
      const channel = readChannel(message)
      if (channel !== undefined) this.#open(channel.threadId, channel.port)
    })
  }

  static of(pool: Piscina): Emissions {
    const present = Emissions.#all.get(pool)
    if (present !== undefined) return present
    const emissions = new Emissions(pool)
    Emissions.#all.set(pool, emissions)
    return emissions
  }

  /** From now on the task gets what it emits. */
  add(emitter: Emitter): void {
    this.#emitters.set(emitter.serial, emitter)
  }

  delete(emitter: Emitter): void {
    this.#emitters.delete(emitter.serial)
    this.#orphans.delete(emitter)
  }

  /**
   * A task has ended, so all that it has emitted was posted: calls back when that has been received, which is at once unless
   * the thread's channel is still on its way. That comes also from a thread that has ended.
   */
  whenReceived(emitter: Emitter, then: () => void): void {
    const { channel } = emitter
    if (channel === undefined || this.#orphans.has(emitter)) return then()
    const port = this.#ports.get(channel)
    if (port === undefined) {
      this.#awaited.set(channel, then) // one task at a time has the thread
    } else {
      this.#read(port, Number.POSITIVE_INFINITY)
      then()
    }
  }

  #open(threadId: number, port: MessagePort): void {
    this.#ports.set(threadId, port)
    port.on('message', (message: unknown) => {
      this.#receive(message)
      // What is behind it is had for a third of what an event costs.
      this.#read(port, performance.now() + TIME_SLICE)
    })
    port.on('messageerror', (cause) => this.#unreadable(port, cause))
    port.once('close', () => {
      // All that was posted comes before. Reading a port while it tells that it has closed kills the process (Node 20.20).
      this.#ports.delete(threadId)
      for (const emitter of this.#emitters.values()) if (emitter.channel === threadId) this.#orphans.add(emitter)
    })
    // What keeps the process alive is the task.
    port.unref()
    const then = this.#awaited.get(threadId)
    if (then === undefined) return
    this.#awaited.delete(threadId)
    this.#read(port, Number.POSITIVE_INFINITY)
    then()
  }

  /** @param end - In ms of `performance.now()`; what is left then comes by event. */
  #read(port: MessagePort, end: number): void {
    do {
      const received = this.#fetch(port)
      if (received === undefined) return
      this.#receive(received.message)
    } while (performance.now() < end)
  }

  #fetch(port: MessagePort): { message: unknown } | undefined {
    try {
      return receiveMessageOnPort(port)
    } catch (error) {
      this.#unreadable(port, error)
      return this.#fetch(port)
    }
  }

  #receive(message: unknown): void {
    const emission = readEmission(message)
    // Nobody's: the task was cancelled, or somebody else posts there.
    if (emission !== undefined) this.#emitters.get(emission[0])?.receive(emission[1])
  }

  /** Such a message doesn't say whose it is; but one task at a time has the thread. */
  #unreadable(port: MessagePort, cause: unknown): void {
    for (const emitter of [...this.#emitters.values()]) {
      if (emitter.channel !== undefined && this.#ports.get(emitter.channel) === port) emitter.unreadable(cause)
    }
  }
}
