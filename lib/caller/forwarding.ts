import type { Piscina } from 'piscina'
import { AlreadyInUseError } from '../errors.js'
import { readHello } from '../protocol/hello.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { takeOwnMessages } from '../protocol/own-messages.js'
import { isPiscina, refuseSource } from '../protocol/piscina.js'
import { type Ear, type Managed, thisThread } from '../protocol/thread.js'

/**
 * Threads of a pool ask the thread that made it; and this one, which has its reactor in a thread of its own, asks there for
 * them.
 */
export class Forwarding implements Ear, Disposable {
  readonly #pool: Piscina
  readonly #to: Managed
  /** Of the last connection that each thread has asked for, by the thread's id. */
  readonly #memories = new Map<number, ConnectionMemory>()
  readonly #takeNoMore: () => void
  #isDisposed = false
  readonly #onMessage = (message: object): void => {
    const hello = readHello(message)
    if (typeof hello !== 'object') return
    this.#forgetEnded()
    this.#memories.set(hello.threadId, hello.memory)
    this.#to.ask(hello)
  }

  private constructor(pool: Piscina, to: Managed) {
    this.#pool = pool
    this.#to = to
    this.#takeNoMore = takeOwnMessages(pool, this.#onMessage)
  }

  /**
   * @throws TypeError if it is no Piscina; AlreadyInUseError if another reactor has it.
   */
  static of(pool: Piscina, to: Managed): Forwarding {
    if (!isPiscina(pool)) refuseSource(pool, 'a Piscina')
    const present = thisThread.attachments.get(pool)
    if (present instanceof Forwarding && present.#to === to && present.isLive) return present
    if (present?.isLive) {
      throw new AlreadyInUseError(
        'attach() was given a pool that is attached to another reactor; dispose what that attach() returned first',
      )
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
    for (const memory of this.#memories.values()) memory.release()
  }

  wakeThreads(): void {
    for (const memory of this.#memories.values()) memory.announce()
  }

  /** Threads of a pool come and go, and the memory of each is half a MiB. */
  #forgetEnded(): void {
    const alive = new Set(this.#pool.threads.map(({ threadId }) => threadId))
    for (const id of this.#memories.keys()) if (!alive.has(id)) this.#memories.delete(id)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#takeNoMore()
  }
}
