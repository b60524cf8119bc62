import { ArgumentNotCloneableError, TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import { Phase } from '../protocol/memory/phase.js'
import { unpackAll } from '../protocol/move.js'
import { notPosted, type Posted } from '../protocol/not-posted.js'
import type { EncodedOutcome } from '../protocol/outcome.js'
import type { CancelReason, Request, Unanswered } from '../protocol/requests.js'
import { thisThread } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'
import { Call, type CallOptions, type Settled } from './call.js'
import { connect } from './connect.js'
import type { Connection } from './connection.js'
import { whatThisThreadHoldsUp } from './held-up.js'
import type { CallSite } from './traceback.js'

/** A call from a thread that may block, to the reactor that accepted the thread. */
export class RemoteCall extends Call {
  readonly #connection: Connection
  /** `undefined` if nothing was sent; then it has its outcome. */
  #id: number | undefined
  #isFound = false
  #isLoading = false

  constructor(connection: Connection, called: FunctionRef | string, options: CallOptions) {
    super(called, options)
    this.#connection = connection
  }

  /**
   * Sends the request, to which the outcome is the answer. If the connection has ended, that is.
   *
   * @param what - Is to be sent, for a message.
   * @param requestOf - Is given the call's number, and the values without the marks of `move`.
   * @throws ArgumentNotCloneableError; then nothing was sent.
   */
  send(what: string, marked: readonly unknown[], requestOf: (id: number, values: readonly unknown[]) => Request): void {
    const { values, transfer } = unpackAll(marked)
    try {
      this.#id = this.#connection.send(this, (id) => requestOf(id, values), transfer)
    } catch (cause) {
      const posted: Posted =
        what === 'arguments' ? { value: values, transfer, name: what } : { value: values[0], transfer }
      const where = `The ${what} of ${this.name} cannot be sent to the reactor's thread`
      throw notPosted(ArgumentNotCloneableError, where, posted, cause)
    }
  }

  /**
   * As `send`, of what is a call; waits until there is room for one more. If there is none in time, that is the outcome.
   *
   * @param timeout - In ms.
   * @throws ArgumentNotCloneableError; then nothing was sent.
   */
  begin(
    args: readonly unknown[],
    timeout: number,
    requestOf: (id: number, values: readonly unknown[]) => Request,
  ): void {
    if (this.#connection.awaitRoom(clock.now() + timeout)) return this.send('arguments', args, requestOf)
    const refusal = this.#connection.refusal()
    if (refusal !== undefined) return this.end(() => refusal(this.name))
    const limit = 'this thread has as many unfinished calls as `maxPending` of new Reactor() allows'
    const message = `${this.name} could not be sent within ${timeout} ms: ${limit}${this.whyLate()}`
    this.end(() => new TimeoutError(message))
  }

  get isFound(): boolean {
    return this.#isFound
  }

  poll(): void {
    this.#connection.catchUp()
  }

  sleepUntil(deadline: number, done = (): boolean => this.settled !== undefined): boolean {
    return this.#sleep(done, deadline)
  }

  override found(name: string): void {
    super.found(name)
    this.#isFound = true
  }

  /**
   * Sleeps until the reactor has found the result in its store; returns whether it has.
   *
   * @param timeout - In ms.
   * @throws TimeoutError; then it is given up.
   */
  sleepUntilFound(timeout: number): boolean {
    this.#await(() => this.#isFound || this.settled !== undefined, timeout)
    return this.#isFound
  }

  whyLate(): string {
    if (this.#connection.phase === Phase.ASKED) {
      if (thisThread.managed?.isOver === false) return "; the reactor's thread is still starting"
      return thisThread.isOfReactor
        ? "; the reactor of this thread's pool has not accepted it yet, for something blocks its loop"
        : '; no reactor has accepted this thread yet, so either its pool is not attached or the main loop is blocked'
    }
    if (this.#isLoading)
      return '; the reactor is still importing its module, which may wait for something at its top level'
    return whatThisThreadHoldsUp()
  }

  override loading(isLoading: boolean): void {
    this.#isLoading = isLoading
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
    if (this.#id !== undefined) this.#connection.tell({ type: 'cancel', id: this.#id, reason })
  }

  /** Tells the reactor something else about the call. */
  protected tell(requestOf: (id: number) => Unanswered): void {
    if (this.#id !== undefined) this.#connection.tell(requestOf(this.#id))
  }

  protected disclaim(): void {
    if (this.#id !== undefined) this.#connection.tell({ type: 'retrieved', id: this.#id })
  }

  protected handOver(uid: string, timeout: number, site: () => CallSite): void {
    const of = this.#id
    if (of === undefined) return
    // The answer to this call comes before that to the errand.
    const errand = new RemoteCall(this.#connection, this.name, {})
    const send = (id: number, [defaultValue]: readonly unknown[]): Request => ({
      type: 'stash',
      id,
      of,
      uid,
      defaultValue,
    })
    errand.#run('default value', [this.defaultValue], send, timeout, site)
  }

  protected putAway(uid: string, settled: Settled, timeout: number, site: () => CallSite): void {
    const { name } = this
    // Not on the call's own connection: that may have ended, and another reactor be there.
    const connection = connect({}, () => `stash() of ${name}`)
    const of = connection === this.#connection ? (this.#id ?? 0) : 0
    const errand = new RemoteCall(connection, name, {})
    const put = (id: number, outcome: EncodedOutcome): Request => ({ type: 'put', id, uid, name, of, outcome })
    if (settled.type === 'value') {
      errand.#run('value', [settled.value], (id, [value]) => put(id, { type: 'value', value }), timeout, site)
    } else {
      // As it came: this thread may not know its class, and who retrieves it may.
      const thrown = settled.encoded ?? encodeThrown(settled.at(site()))
      errand.#run('failure', [], (id) => put(id, { type: 'failure', thrown }), timeout, site)
    }
  }

  /** Sends the request, waits for the answer, and throws it if it is a failure. */
  #run(
    what: string,
    values: readonly unknown[],
    requestOf: (id: number, values: readonly unknown[]) => Request,
    timeout: number,
    site: () => CallSite,
  ): void {
    this.send(what, values, requestOf)
    this.#await(() => this.settled !== undefined, timeout)
    this.get(site)
  }

  /**
   * Waits for what was asked of the store. If that doesn't come, it isn't to be done any more.
   *
   * @param timeout - In ms.
   * @throws TimeoutError; CancelledError if the current task was cancelled.
   */
  #await(done: () => boolean, timeout: number): void {
    let isThere = false
    try {
      isThere = this.#sleep(done, clock.now() + timeout)
    } finally {
      if (!isThere && this.#id !== undefined) {
        this.#connection.tell({ type: 'cancel', id: this.#id, reason: 'given up' })
      }
    }
    if (isThere) return
    throw new TimeoutError(
      `The store of results did not answer within ${timeout} ms, about ${this.name}${this.whyLate()}; the reactor's loop may be blocked. Nothing is lost: try again, or wait longer by \`timeout\``,
    )
  }

  #sleep(done: () => boolean, deadline: number): boolean {
    return this.#id === undefined || this.#connection.sleepUntil(done, deadline, this.#id)
  }
}

/**
 * @param timeout - In ms; how long the caller is going to wait, or `Infinity` if it didn't say.
 * @throws ArgumentNotCloneableError; then there is no call.
 */
export function callRemotely(
  connection: Connection,
  ref: FunctionRef,
  args: readonly unknown[],
  options: CallOptions,
  timeout: number,
): Call {
  const call = new RemoteCall(connection, ref, options)
  const { hasDefault } = call
  const end = clock.now() + timeout
  const { roomTimeout = Number.POSITIVE_INFINITY } = options
  call.begin(args, Math.min(timeout, roomTimeout), (id, values) => {
    // It may have had to wait for room. Whole ms make a shorter message.
    const left = Math.max(0, Math.ceil(end - clock.now()))
    return { type: 'call', id, ref, args: values, timeout: left, hasDefault }
  })
  return call
}

/** What was asked for and given up, by uid. The reactor may have been about to give it: then it is here. */
const givenUp = new Map<string, RemoteCall>()

/**
 * Takes a result out of the reactor's store. Blocks until it is found there, but not until it has its outcome.
 *
 * @param timeout - In ms.
 * @param site - Where the application asks.
 * @throws ResultNotFoundError, or that there is no reactor; TimeoutError if it doesn't answer in time: then the result is where it was.
 */
export function retrieveRemotely(connection: Connection, uid: string, timeout: number, site: () => CallSite): Call {
  const before = givenUp.get(uid)
  const call = new RemoteCall(connection, 'retrieveResult()', {})
  call.send('uid', [uid], (id) => ({ type: 'retrieve', id, uid }))
  try {
    if (call.sleepUntilFound(timeout)) return call
  } catch (error) {
    if (before === undefined) {
      givenUp.set(uid, call)
      // It ends without having been found if it was given up in time.
      call.observe(() => {
        if (!call.isFound) givenUp.delete(uid)
      })
    }
    throw error
  }
  // Then it came before the answer that it is not there.
  if (before?.isFound !== true) call.get(site)
  givenUp.delete(uid)
  return before ?? call
}
