import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import * as clock from '../protocol/clock.js'
import { readChannel, readEmission, readTurn } from '../protocol/emissions.js'
import { takeOwnMessages } from '../protocol/own-messages.js'

/** How many values are handed on between looks at the clock. */
const LOOKS_EVERY = 16
/** In ms; for how long values are handed on in one go, before the loop goes on. */
const TIME_SLICE = 1

/** A task that may emit. */
export interface Emitter {
  readonly serial: number
  /** The thread that emits it; `undefined` if it does not. */
  readonly channel: number | undefined
  receive(value: unknown): void
  /** It may no longer sleep until its values are taken. */
  interrupt(): void
  /** One of its values came, but could not be read. */
  unreadable(cause: unknown): void
}

/** The channel of one thread. */
interface Channel {
  readonly port: MessagePort
  /** Whose values come. */
  turn: number
}

/** What the threads of one pool emit. */
export class Emissions {
  static readonly #all = new WeakMap<Piscina, Emissions>()

  readonly #pool: Piscina
  readonly #emitters = new Map<number, Emitter>()
  /** By the thread's id; of threads that live. */
  readonly #channels = new Map<number, Channel>()
  /**
   * Tasks that have ended, by the ids of their threads, whose channels are still to come. A thread may have several: Piscina hands
   * on results of the tasks that it runs next before the message by which the channel comes.
   */
  readonly #awaited = new Map<number, (() => void)[]>()
  readonly #watched = new WeakSet<Worker>()
  /** The ids of threads of which Node has not told that they have ended. */
  readonly #alive = new Set<number>()

  private constructor(pool: Piscina) {
    this.#pool = pool
    takeOwnMessages(pool, (message) => {
      const channel = readChannel(message)
      if (channel !== undefined) this.#open(channel.threadId, channel.port)
    })
    this.#watchAll()
    pool.on('workerCreate', () => this.#watchAll())
    // Right after this the thread is not among those of the pool any more.
    pool.on('workerDestroy', () => this.#watchAll())
  }

  static of(pool: Piscina): Emissions {
    const present = Emissions.#all.get(pool)
    if (present !== undefined) return present
    const emissions = new Emissions(pool)
    Emissions.#all.set(pool, emissions)
    return emissions
  }

  /** The reactor of a pool stops: tasks of that may no longer sleep until their values are taken. */
  static interrupt(pool: Piscina): void {
    const emissions = Emissions.#all.get(pool)
    if (emissions === undefined) return // it has no such tasks
    for (const emitter of emissions.#emitters.values()) emitter.interrupt()
  }

  /** From now on the task gets what it emits. */
  add(emitter: Emitter): void {
    this.#emitters.set(emitter.serial, emitter)
  }

  delete(emitter: Emitter): void {
    this.#emitters.delete(emitter.serial)
  }

  /**
   * A task has ended, so all that it has emitted was posted: calls back when that has been received, which is at once unless
   * the thread's channel is still on its way. From a thread that has ended it comes before Node tells of that end, or never.
   */
  whenReceived(emitter: Emitter, then: () => void): void {
    const { channel: threadId } = emitter
    if (threadId === undefined) return then()
    const channel = this.#channels.get(threadId)
    if (channel !== undefined) {
      this.#read(channel, Number.POSITIVE_INFINITY)
      return then()
    }
    // Piscina may hand on a result of a thread before it tells that there is that thread.
    this.#watchAll()
    if (!this.#alive.has(threadId)) return then()
    const awaiting = this.#awaited.get(threadId)
    if (awaiting === undefined) this.#awaited.set(threadId, [then])
    else awaiting.push(then)
  }

  #watchAll(): void {
    for (const thread of this.#pool.threads) this.#watch(thread)
  }

  #watch(thread: Worker): void {
    if (this.#watched.has(thread)) return
    this.#watched.add(thread)
    const { threadId } = thread
    if (threadId < 0) return // it has ended
    this.#alive.add(threadId)
    thread.once('exit', () => {
      this.#alive.delete(threadId)
      this.#came(threadId)
    })
  }

  /** What tasks of that thread have emitted has been received, or never will be. */
  #came(threadId: number): void {
    const awaiting = this.#awaited.get(threadId)
    this.#awaited.delete(threadId)
    for (const then of awaiting ?? []) then()
  }

  #open(threadId: number, port: MessagePort): void {
    const channel: Channel = { port, turn: Number.NaN }
    this.#channels.set(threadId, channel)
    port.on('message', (message: unknown) => {
      this.#receive(channel, message)
      // What is behind it is had without an event for each.
      this.#read(channel, TIME_SLICE)
    })
    port.on('messageerror', (cause) => this.#unreadable(channel, cause))
    port.once('close', () => {
      // All that was posted comes before. Reading a port while it tells that it has closed kills the process (Node 20.20).
      this.#channels.delete(threadId)
    })
    // What keeps the process alive is the task.
    port.unref()
    if (!this.#awaited.has(threadId)) return
    this.#read(channel, Number.POSITIVE_INFINITY)
    this.#came(threadId)
  }

  /** @param ms - For how long at the most; what is left then comes by event. */
  #read(channel: Channel, ms: number): void {
    const end = clock.now() + ms
    do {
      for (let left = LOOKS_EVERY; left > 0; left--) {
        const received = this.#fetch(channel)
        if (received === undefined) return
        this.#receive(channel, received.message)
      }
    } while (clock.now() < end)
  }

  #fetch(channel: Channel): { message: unknown } | undefined {
    try {
      return receiveMessageOnPort(channel.port)
    } catch (error) {
      this.#unreadable(channel, error)
      return this.#fetch(channel)
    }
  }

  #receive(channel: Channel, message: unknown): void {
    const turn = readTurn(message)
    if (turn !== undefined) channel.turn = turn
    // If it is nobody's, the task was cancelled.
    else this.#emitters.get(channel.turn)?.receive(readEmission(message))
  }

  /** Such a message came of the task whose turn it is. */
  #unreadable(channel: Channel, cause: unknown): void {
    this.#emitters.get(channel.turn)?.unreadable(cause)
  }
}
