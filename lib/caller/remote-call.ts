import { TimeoutError } from '../errors.js'
import type { FunctionRef, ResultsFunction } from '../protocol/function-ref.js'
import { Phase } from '../protocol/memory.js'
import type { CancelReason } from '../protocol/messages.js'
import type { Outcome } from '../protocol/thread.js'
import { encodeOutcome } from '../protocol/thrown.js'
import { Call, type CallOptions } from './call.js'
import type { Connection } from './connection.js'
import { CallSite } from './traceback.js'

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

  protected handOver(uid: string): boolean {
    // The answer to this call comes behind that to the one that is handed over: `false` means that its outcome is here.
    return callResults(this.#connection, 'keep', [uid, this.#id, this.defaultValue]) === true
  }

  protected putAway(uid: string, outcome: Exclude<Outcome, { type: 'empty' }>): void {
    callResults(this.#connection, 'put', [uid, this.name, encodeOutcome(outcome)])
  }

  #noRoom(timeout: number): string {
    const limit = 'this thread has as many unfinished calls as `maxPending` of new Reactor() allows'
    return `${this.name} could not be sent within ${timeout} ms: ${limit}${this.whyLate()}`
  }
}

/** Asks the reactor's store of results, and blocks for its answer, which comes at once. */
export function callResults(connection: Connection, name: ResultsFunction, args: readonly unknown[]): unknown {
  const ref = { in: 'results', of: 'results', name } as const
  const call = new RemoteCall(connection, ref, args, {}, Number.POSITIVE_INFINITY)
  call.sleepUntil(Number.POSITIVE_INFINITY)
  return call.get(() => new CallSite(callResults))
}
