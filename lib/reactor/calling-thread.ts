import type { MessagePort } from 'node:worker_threads'
import { ArgumentNotCloneableError, CancelledError, TimeoutError } from '../errors.js'
import type { Hello } from '../protocol/hello.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { type Request, readRequest } from '../protocol/requests.js'
import { LOOK } from '../protocol/sender.js'
import type { Outcome } from '../protocol/thread.js'
import { messageOf } from '../protocol/thrown.js'
import { Call, type Caller } from './call.js'
import { CallNumbers, type LostCall } from './call-numbers.js'
import { Inbox } from './inbox.js'
import { Outbox } from './outbox.js'
import type { ReactorContext } from './reactor-context.js'
import { type StoreRequest, StoreRequests } from './store-requests.js'
import { type Origin, ThreadLines } from './thread-lines.js'
import { Unretrieved } from './unretrieved.js'

/** What the thread waits for an answer to. */
type Numbered = Extract<Request, { type: 'call' | 'stream' | StoreRequest['type'] }>

/**
 * A thread that calls, as its reactor sees it: keeps its unfinished calls, and answers them.
 *
 * ```
 * open ──stop──▶ stopped ──interrupt──▶ ended ──close──▶ closed
 *   └───────────detach─────────────────▶ ┘
 * ```
 *
 * Once it has ended it makes no calls, but still tells which failures it has looked at. That the thread itself ends
 * closes it from wherever it is.
 */
export class CallingThread implements Caller {
  readonly threadId: number
  readonly ordinal: number
  readonly calls = new Map<number, Call>()
  readonly memory: ConnectionMemory
  readonly #port: MessagePort
  readonly #context: ReactorContext
  readonly #inbox: Inbox
  readonly #numbers = new CallNumbers()
  readonly #unretrieved: Unretrieved
  readonly #outbox: Outbox
  readonly #lines: ThreadLines
  readonly #storeRequests: StoreRequests
  #state: 'open' | 'stopped' | 'ended' | 'closed' = 'open'
  /** Calls that ended because the thread did, when the reactor had stopped and not come to them yet. */
  #endedAfterStop = 0

  /**
   * @param ordinal - Which of the reactor's connections this is, from 1.
   * @param origin - Where the thread comes from, for the log.
   * @param onGone - Called when the thread has ended.
   */
  constructor(
    { port, memory, threadId }: Hello,
    ordinal: number,
    origin: Origin,
    context: ReactorContext,
    onGone: () => void,
  ) {
    this.ordinal = ordinal
    this.#port = port
    this.memory = memory
    this.threadId = threadId
    this.#context = context
    this.#unretrieved = new Unretrieved(context.failures)
    this.#outbox = new Outbox(port, memory, threadId, this.#unretrieved)
    this.#lines = new ThreadLines(memory, context.lines, threadId, origin)
    this.#storeRequests = new StoreRequests(this, context.results, this.#outbox, this.#unretrieved)
    this.#inbox = new Inbox(port, memory, context, {
      hasUnfinished: () => this.calls.size > 0,
      receive: (message) => this.#receive(message),
      unreadable: (cause) => this.#unreadable(cause),
    })
    port.once('close', () => {
      this.#end('closed', new CancelledError(`Thread ${threadId} ended before its call did`))
      // What it has looked at, and logged, it may have said right before.
      this.readRest()
      this.#unretrieved.allLost()
      // So that whoever passed it on to this thread sees that it may be forgotten.
      memory.detach()
      onGone()
    })
  }

  /** The call that the thread sleeps on now. */
  callAsleepOn(): Call | undefined {
    for (const call of this.calls.values()) if (this.memory.isAsleepOn(call.number)) return call
    return undefined
  }

  /** Whether the thread has calls for which a shutdown waits in its grace: unfinished, or still to be read. */
  get holdsShutdown(): boolean {
    for (const call of this.calls.values()) if (call.holdsShutdown) return true
    return this.#inbox.hasMore
  }

  settled(call: Call, outcome: Outcome): void {
    // Too late: the thread may have read its end by the phase, and the call is about to be interrupted.
    if (this.#state !== 'open') return
    this.calls.delete(call.number)
    this.#outbox.postOutcome(call, outcome)
  }

  loading({ number }: Call, isLoading: boolean): void {
    if (this.#state === 'open') this.#outbox.post({ type: 'loading', id: number, isLoading })
  }

  /** Ends the connection, while the reactor lives on. */
  detach(): void {
    this.memory.detach()
    this.#end('ended', new CancelledError(`Thread ${this.threadId} was detached from the reactor`))
    this.#port.postMessage(LOOK)
  }

  /** The reactor stops: the thread wakes, and every call that it has ends with that. */
  stop(): void {
    this.memory.stop()
    if (this.#state === 'open') this.#state = 'stopped'
  }

  /**
   * After `stop`: unsubscribes the unfinished calls, one a step. Those that are still to be read are read, for they count.
   *
   * @returns How many there were.
   */
  *interrupt(reason: Error): Generator<void, number> {
    yield* this.#inbox.rest()
    // All of them have ended for the thread when it woke, also if it has ended itself since.
    const interrupted = this.calls.size + this.#endedAfterStop
    for (const call of this.calls.values()) {
      call.cancel(reason)
      yield
    }
    this.calls.clear()
    if (this.#state === 'stopped') this.#state = 'ended'
    this.#port.postMessage(LOOK)
    return interrupted
  }

  /** Reads all that has come. */
  readRest(): void {
    for (const _ of this.#inbox.rest());
  }

  /** What it has not looked at by now is lost. */
  loseFailures(): void {
    this.#unretrieved.allLost()
  }

  /** Listens no more. What the thread has not looked at by now is lost. */
  close(): void {
    // Lines that come after this last look are not counted when the phase says that nobody looks: the thread writes them itself.
    this.readRest()
    this.#context.lines.flush()
    this.memory.leave()
    this.#unretrieved.allLost()
    this.#inbox.close()
  }

  #end(state: 'ended' | 'closed', reason: Error): void {
    if (this.#state === 'stopped') this.#endedAfterStop = this.calls.size
    this.#state = state
    const calls = [...this.calls.values()]
    this.calls.clear()
    for (const call of calls) call.cancel(reason)
  }

  #receive(message: unknown): void {
    const request = readRequest(message)
    switch (request?.type) {
      case 'call':
        return this.#inTurn(request, () => this.#call(request))
      case 'stream':
        return this.#inTurn(request, () => this.#stream(request))
      case 'credit':
        // No such call: its end and this request passed each other on the way.
        return this.calls.get(request.id)?.resume()
      case 'cancel':
        // No such call: its outcome and this request passed each other on the way. The thread drops the outcome.
        return this.#cancel(request)
      case 'put':
      case 'retrieve':
      case 'stash':
        return this.#inTurn(request, () => this.#useStore(request))
      case 'failed':
        return this.#unretrieved.add(request.id, { ...request, threadId: this.threadId })
      case 'retrieved':
        return this.#retrieved(request.id)
      case 'lost':
        return this.#unretrieved.lost(request.id)
      case 'over':
        return this.#unretrieved.over(request.after, request.upTo)
      case 'unreadable':
        return this.#outbox.post({ type: 'unfinished', ids: [...this.calls.keys()] })
      case 'sent':
        return this.#sent(request)
      case 'log':
        return this.#lines.take(request.line)
      case 'stray':
        return this.#ignore(`word from the thread that it received ${request.found}`)
      case undefined:
        return this.#ignore('a message that is no request')
    }
  }

  /** Does what the thread waits for an answer to. */
  #inTurn({ id, type }: Numbered, step: () => void): void {
    if (this.#state === 'ended' || this.#state === 'closed') return // it learns that by the phase, or is no more
    const { last } = this.#numbers
    const lost = this.#numbers.take(id)
    if (lost === undefined) return this.#ignore(`a ${type} numbered ${id} after ${last}`)
    this.#postLost(lost)
    step()
  }

  #call({ id, ref, args, timeout, hasDefault }: Extract<Request, { type: 'call' }>): void {
    const call = new Call(this, this.#context, { number: id, ref, timeout, hasDefault }, args)
    // It may have waited for longer than its caller did, as while the loop was blocked. A caller that has given up said so
    // before anything else: then this call waits for that, and doesn't begin.
    const mayBeLate = call.since - this.#inbox.emptyAt > timeout
    if (mayBeLate && isCancelOf(id, this.#inbox.lookAhead())) this.calls.set(id, call)
    else this.#begin(call)
  }

  #stream({ id, ref, args, plan }: Extract<Request, { type: 'stream' }>): void {
    // As for outcomes: once it is not open, its end is what the thread is about to read.
    const post = (index: number, value: unknown): void => {
      if (this.#state === 'open') this.#outbox.postItem(call, index, value)
    }
    const postAll = (index: number, values: readonly unknown[]): void => {
      if (this.#state === 'open') this.#outbox.postItems(call, index, values)
    }
    // Each of its steps has a timeout, and not the whole. That it ends without one more value is how it ends.
    const request = { number: id, ref, timeout: Number.POSITIVE_INFINITY, hasDefault: true }
    const call = new Call(this, this.#context, request, args, { plan, post, postAll })
    this.#begin(call)
  }

  #begin(call: Call): void {
    this.calls.set(call.number, call)
    if (this.#state === 'open') call.start()
  }

  #useStore(request: StoreRequest): void {
    if (this.#state !== 'open') return // what it was to be given can still be retrieved in the reactor's thread
    // A thread does nothing else while it waits for the answer. So if it has given up, that is right behind.
    const isGivenUp = isCancelOf(request.id, this.#inbox.lookAhead())
    if (isGivenUp) this.#outbox.post({ type: 'cancelled', id: request.id })
    else this.#storeRequests.take(request)
  }

  #cancel({ id, reason }: Extract<Request, { type: 'cancel' }>): void {
    // Either it was answered so, or it was done: then the answer is on its way, and the thread deals with that.
    if (reason === 'given up') return
    const call = this.calls.get(id)
    if (call === undefined) return this.#unretrieved.retrieved(id) // its failure is not wanted
    this.calls.delete(id)
    call.cancel(
      reason === 'timed out'
        ? new TimeoutError(`The caller of ${call.name} in thread ${this.threadId} has stopped waiting`)
        : new CancelledError(`The call of ${call.name} was cancelled by thread ${this.threadId}`),
    )
    this.#outbox.post({ type: 'cancelled', id })
  }

  #retrieved(id: number): void {
    const call = this.calls.get(id)
    if (call === undefined) this.#unretrieved.retrieved(id)
    else call.isHandled = true
  }

  #unreadable(cause: unknown): void {
    this.#ignore('a message that could not be read', cause)
    this.#numbers.expectReply(cause)
    this.#outbox.post({ type: 'unreadable' })
  }

  #sent({ upTo, lines }: Extract<Request, { type: 'sent' }>): void {
    const lost = this.#numbers.takeReply(upTo)
    if (lost === undefined) return this.#ignore(`word of ${upTo} calls, for which it was not asked`)
    this.#postLost(lost)
    this.#lines.loseUpTo(lines)
  }

  #postLost(lost: readonly LostCall[]): void {
    for (const { id, cause } of lost) {
      this.#outbox.postFailure({ number: id, name: 'a call that could not be read' }, unreadableArguments(cause))
    }
  }

  #ignore(what: string, error?: unknown): void {
    const details = error === undefined ? { thread: this.threadId } : { thread: this.threadId, err: error }
    this.#context.log.warn(`Ignored ${what}, on the port of thread ${this.threadId}`, details)
  }
}

function isCancelOf(id: number, message: unknown): boolean {
  const request = readRequest(message)
  return request?.type === 'cancel' && request.id === id
}

function unreadableArguments(cause: unknown): Error {
  return new ArgumentNotCloneableError(
    `The arguments of the call could not be read by the reactor's thread: ${messageOf(cause)}; they may need more memory than it has`,
    { cause },
  )
}
