import { Worker } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { type Hello, readHello } from '../protocol/messages.js'

/** Where calling threads come from. */
export type ThreadSource = Piscina | Worker

export interface AttachmentEvents {
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
export class Attachment {
  readonly #source: ThreadSource
  readonly #onMessage: (message: unknown) => void
  readonly #onExit: () => void

  constructor(source: ThreadSource, { hello, malformed, ended }: AttachmentEvents) {
    this.#source = source
    this.#onMessage = (message) => {
      const read = readHello(message)
      if (typeof read === 'string') malformed(read)
      else if (read !== undefined) hello(read)
    }
    this.#onExit = ended
    if (source instanceof Worker) source.on('message', this.#onMessage).on('exit', this.#onExit)
    else source.on('message', this.#onMessage)
  }

  end(): void {
    const source = this.#source
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
