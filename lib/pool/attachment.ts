import { errorMonitor } from 'node:events'
import { MessagePort, Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { type Hello, readHello } from '../protocol/hello.js'
import { takeLeftMessages, takeOwnMessages } from '../protocol/own-messages.js'
import { isPiscina, refuseSource } from '../protocol/piscina.js'
import { isInstance } from '../protocol/realms.js'
import { type Ear, thisThread } from '../protocol/thread.js'
import { isCloseTimeout } from './close-timeout.js'
import { isOwnPool } from './own-pools.js'

/** Where calling threads come from. */
export type ThreadSource =
  | Piscina
  | Worker
  /** In the thread of a managed reactor: to the thread that started it, and that forwards what its pools ask. */
  | MessagePort

export interface Listener {
  /** Whether the reactor accepts threads; a stopped one only tells them that it has stopped. */
  readonly isLive: boolean
  /** A thread asks for a connection. */
  hello(hello: Hello): void
  /** A message came that bears our mark, but is wrong; with what is wrong. */
  malformed(fault: string): void
  /** The pool's `closeTimeout` has passed, and its busy threads are about to be terminated. */
  closeTimedOut(): void
  /** A Worker has ended. A pool never does: Piscina's can be used again after it was closed. */
  ended(): void
  /** The reactor has stopped, and another one takes its place. */
  replaced(): void
  /** Every thread that sleeps is to look again. */
  wakeThreads(): void
}

/**
 * Listens for the threads of a pool, or for one worker, that ask for a connection. They ask through `parentPort`, whose
 * messages a Piscina hands out as its own event `message`; so neither its options nor the worker's code need a change. The
 * application's own listeners don't see that.
 */
export class Attachment implements Ear {
  readonly #listener: Listener
  readonly #source: ThreadSource
  readonly #takeNoMore: () => void
  readonly #onExit: () => void
  readonly #onError: (error: unknown) => void

  /** Takes the place of a stopped reactor's. */
  constructor(source: ThreadSource, listener: Listener) {
    this.#source = source
    this.#listener = listener
    const take = (message: unknown): void => {
      const hello = readHello(message)
      if (typeof hello === 'string') listener.malformed(hello)
      else if (hello !== undefined) listener.hello(hello)
    }
    this.#onExit = () => listener.ended()
    this.#onError = (error) => {
      if (isCloseTimeout(error)) listener.closeTimedOut()
    }
    thisThread.attachments.get(source)?.giveWay()
    thisThread.attachments.set(source, this)
    if (source instanceof MessagePort) {
      source.on('message', take) // it is ours alone, and this thread ends with that at the other end
      this.#takeNoMore = () => void source.off('message', take)
      return
    }
    this.#takeNoMore = takeOwnMessages(source, take)
    if (isOwnPool(source)) takeLeftMessages(source, dismiss)
    if (source instanceof Worker) source.on('exit', this.#onExit)
    // A listener of `error` itself would keep the pool's errors from being thrown.
    else source.on(errorMonitor, this.#onError)
  }

  get isLive(): boolean {
    return this.#listener.isLive
  }

  /** Listens no more. */
  deafen(): void {
    this.#takeNoMore()
    if (this.#source instanceof MessagePort) return // to which the other events mean nothing
    this.#source.off('exit', this.#onExit).off(errorMonitor, this.#onError)
  }

  end(): void {
    this.deafen()
    if (thisThread.attachments.get(this.#source) === this) thisThread.attachments.delete(this.#source)
  }

  giveWay(): void {
    this.end()
    this.#listener.replaced()
  }

  wakeThreads(): void {
    this.#listener.wakeThreads()
  }
}

/** A thread of `createPool` asks for the reactor that its pool had: it waits for that without a bound, and nobody else would tell it. */
function dismiss(message: object): void {
  const hello = readHello(message)
  if (typeof hello !== 'object') return
  hello.memory.detach()
  hello.port.close() // for one that doesn't sleep
}

/**
 * Whether something is a Piscina, be it of another copy of that package.
 *
 * @throws TypeError if it is neither that nor a Worker.
 */
export function isPool(source: ThreadSource): source is Piscina {
  if (isInstance(source, Worker) || isInstance(source, MessagePort)) return false
  return isPiscina(source) || refuseSource(source, 'a Piscina or a Worker')
}
