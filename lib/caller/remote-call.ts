import { TimeoutError } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import { Phase } from '../protocol/memory.js'
import type { CancelReason } from '../protocol/messages.js'
import { Call, type CallOptions } from './call.js'
import type { Connection } from './connection.js'

/** A call from a thread that may block, to the reactor that accepted the thread. */
export class RemoteCall extends Call {
  readonly #connection: Connection
  /** `undefined` if the call could not be sent; then it has its outcome. */
  readonly #id: number | undefined

  /**
   * @param timeout - In ms; how long the caller is going to wait, or `Infinity` if it didn't say.
   * @throws ArgumentNotCloneableError; then there is no call.
   */
  constructor(
    connection: Connection,
    ref: FunctionRef,
    args: readonly unknown[],
    options: CallOptions,
    timeout: number,
  ) {
    super(ref, options)
    this.#connection = connection
    this.#id = connection.send(this, args, performance.now() + timeout, Date.now() + timeout)
    if (this.#id !== undefined) return
    this.end(connection.refusal() ?? (() => new TimeoutError(this.#noRoom(timeout))))
  }

  poll(): void {
    this.#connection.catchUp()
  }

  sleepUntil(deadline: number): boolean {
    return this.#id === undefined || this.#connection.sleepOn(this, this.#id, deadline)
  }

  whyLate(): string {
    if (this.#connection.phase !== Phase.ASKED) return ''
    return '; no reactor has accepted this thread yet, so either its pool is not attached or the main loop is blocked'
  }

  override onSettled(observer: () => void): void {
    if (this.settled !== undefined) return observer()
    super.onSettled(() => {
      this.#connection.unlisten()
      observer()
    })
    this.#connection.listen()
  }

  protected abandon(reason: CancelReason): void {
    if (this.#id !== undefined) this.#connection.cancel(this.#id, reason)
  }

  #noRoom(timeout: number): string {
    const limit = 'this thread has as many unfinished calls as `maxPending` of new Reactor() allows'
    return `${this.name} could not be sent within ${timeout} ms: ${limit}${this.whyLate()}`
  }
}
