import { Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { type Hello, readHello } from '../protocol/messages.js'
import { type Ear, thisThread } from '../protocol/thread.js'

/** Where calling threads come from. */
export type ThreadSource = Piscina | Worker

export interface Listener {
  /** Whether the reactor accepts threads; a stopped one only tells them that it has stopped. */
  readonly isLive: boolean
  /** A thread asks for a connection. */
  hello(hello: Hello): void
  /** A message came that bears our mark, but is wrong; with what is wrong. */
  malformed(fault: string): void
  /** A Worker has ended. A pool never does: Piscina's can be used again after it was closed. */
  ended(): void
}

/**
 * Listens for the threads of a pool, or for one worker, that ask for a connection. They ask through `parentPort`, whose
 * messages a Piscina hands out as its own event `message`; so neither its options nor the worker's code need a change.
 */
export class Attachment implements Ear {
  readonly #listener: Listener
  readonly #source: ThreadSource
  readonly #onMessage: (message: unknown) => void
  readonly #onExit: () => void

  /** Takes the place of a stopped reactor's. */
  constructor(source: ThreadSource, listener: Listener) {
    this.#source = source
    this.#listener = listener
    this.#onMessage = (message) => {
      const hello = readHello(message)
      if (typeof hello === 'string') listener.malformed(hello)
      else if (hello !== undefined) listener.hello(hello)
    }
    this.#onExit = () => listener.ended()
    thisThread.attachments.get(source)?.end()
    thisThread.attachments.set(source, this)
    if (source instanceof Worker) source.on('message', this.#onMessage).on('exit', this.#onExit)
    else source.on('message', this.#onMessage)
  }

  get isLive(): boolean {
    return this.#listener.isLive
  }

  end(): void {
    const source = this.#source
    if (thisThread.attachments.get(source) === this) thisThread.attachments.delete(source)
    source.off('message', this.#onMessage)
    if (source instanceof Worker) source.off('exit', this.#onExit)
  }
}

/**
 * Whether something is a Piscina, be it of another copy of that package.
 *
 * @throws TypeError if it is neither that nor a Worker.
 */
export function isPool(source: ThreadSource): source is Piscina {
  if (source instanceof Worker) return false
  const pool: Partial<Piscina> | null = typeof source === 'object' ? source : null
  if (
    pool !== null &&
    [pool.run, pool.close, pool.on].every((it) => typeof it === 'function') &&
    Array.isArray(pool.threads)
  ) {
    return true
  }
  throw new TypeError(`attach() takes a Piscina or a Worker; it was given \`${String(source)}\``)
}
