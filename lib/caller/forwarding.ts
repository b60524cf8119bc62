import type { Piscina } from 'piscina'
import { AlreadyInUseError } from '../errors.js'
import { readHello } from '../protocol/hello.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { type Ear, type Managed, thisThread } from '../protocol/thread.js'

/**
 * Threads of a pool ask the thread that made it; and this one, which has its reactor in a thread of its own, asks there for
 * them.
 */
export class Forwarding implements Ear, Disposable {
  readonly #pool: Piscina
  readonly #to: Managed
  readonly #memories: ConnectionMemory[] = []
  #isDisposed = false
  readonly #onMessage = (message: unknown): void => {
    const hello = readHello(message)
    if (typeof hello !== 'object') return
    this.#memories.push(hello.memory)
    this.#to.ask(hello)
  }

  private constructor(pool: Piscina, to: Managed) {
    this.#pool = pool
    this.#to = to
    pool.on('message', this.#onMessage)
  }

  /**
   * @throws TypeError if it is no Piscina; AlreadyInUseError if another reactor has it.
   */
  static of(pool: Piscina, to: Managed): Forwarding {
    if (typeof pool?.on !== 'function' || !Array.isArray(pool.threads)) {
      throw new TypeError(`attach() takes a Piscina; it was given \`${String(pool)}\``)
    }
    const present = thisThread.attachments.get(pool)
    if (present instanceof Forwarding && present.#to === to && present.isLive) return present
    if (present?.isLive) {
      throw new AlreadyInUseError('This pool is attached to another reactor; dispose what that attach() returned first')
    }
    present?.giveWay()
    const forwarding = new Forwarding(pool, to)
    thisThread.attachments.set(pool, forwarding)
    return forwarding
  }

  get isLive(): boolean {
    return !this.#isDisposed && !this.#to.isOver
  }

  giveWay(): void {
    this[Symbol.dispose]()
    for (const memory of this.#memories) memory.release()
  }

  wakeThreads(): void {
    for (const memory of this.#memories) memory.announce()
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#pool.off('message', this.#onMessage)
  }
}
