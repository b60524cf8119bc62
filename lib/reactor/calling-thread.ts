import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads'
import { ArgumentNotCloneableError, CancelledError, ResultNotCloneableError, TimeoutError } from '../errors.js'
import type { ConnectionMemory } from '../protocol/memory.js'
import { type Answer, type Hello, type Request, readRequest, writeAnswer } from '../protocol/messages.js'
import { unpack } from '../protocol/move.js'
import { CURE, whyNotPosted } from '../protocol/not-posted.js'
import type { Outcome } from '../protocol/thread.js'
import { encodeThrown, messageOf } from '../protocol/thrown.js'
import { Call, type CallContext, type Caller } from './call.js'
import { CallNumbers, type LostCall } from './call-numbers.js'

/**
 * A thread that calls, as its reactor sees it: reads the thread's requests, keeps its unfinished calls, answers them.
 *
 * Requests are read one at a time, each in a turn on the main-loop scheduler. So they stay in the thread's own queue
 * until their turn comes, and the flood of one thread doesn't hold up another thread, nor the loop.
 */
export class CallingThread implements Caller {
  readonly threadId: number
  readonly ordinal: number
  readonly calls = new Map<number, Call>()
  readonly memory: ConnectionMemory
  readonly #port: MessagePort
  readonly #context: CallContext
  readonly #numbers = new CallNumbers()
  #state: 'open' | 'stopped' | 'closed' = 'open'
  /** Calls that ended because the thread did, when the reactor had stopped and not come to them yet. */
  #endedAfterStop = 0
  /** Requests that were fetched, and wait for their turns; two at the most. */
  readonly #inHand: unknown[] = []

  /**
   * @param ordinal - Which of the reactor's connections this is, from 1.
   * @param onGone - Called when the thread has ended.
   */
  constructor({ port, memory, threadId }: Hello, ordinal: number, context: CallContext, onGone: () => void) {
    this.ordinal = ordinal
    this.#port = port
    this.memory = memory
    this.threadId = threadId
    this.#context = context
    port.on('messageerror', (error) => this.#unreadable(error))
    port.once('close', () => {
      this.#end(new CancelledError(`Thread ${threadId} ended before its call did`))
      onGone()
    })
    this.#listen()
  }

  /** The call that the thread sleeps on now. */
  callAsleepOn(): Call | undefined {
    for (const call of this.calls.values()) if (this.memory.isAsleepOn(call.number)) return call
    return undefined
  }

  /** Whether the thread has calls that are unfinished, or that are still to be read. */
  get isBusy(): boolean {
    return this.calls.size > 0 || this.#inHand.length > 0
  }

  settled(call: Call, outcome: Outcome): void {
    // Too late: the thread may have read its end by the phase, and the call is about to be interrupted.
    if (this.#state !== 'open') return
    this.calls.delete(call.number)
    switch (outcome.type) {
      case 'value':
        return this.#postValue(call, outcome.value)
      case 'failure':
        return this.#postFailure(call.number, outcome.thrown)
      case 'empty':
        return this.#post({ type: 'empty', id: call.number })
    }
  }

  /** Ends the connection, while the reactor lives on. */
  detach(): void {
    this.memory.detach()
    this.#end(new CancelledError(`Thread ${this.threadId} was detached from the reactor`))
    this.#close()
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
    this.#port.off('message', this.#wake)
    while (this.#inHand.length > 0) this.#receiveInHand()
    for (let next = this.#fetch(); next !== undefined; next = this.#fetch()) {
      this.#receive(next.message)
      yield
    }
    // All of them have ended for the thread when it woke, also if it has ended itself since.
    const interrupted = this.calls.size + this.#endedAfterStop
    for (const call of this.calls.values()) {
      call.cancel(reason)
      yield
    }
    this.calls.clear()
    this.#close()
    return interrupted
  }

  #end(reason: Error): void {
    if (this.#state === 'stopped') this.#endedAfterStop = this.calls.size
    this.#state = 'closed'
    const calls = [...this.calls.values()]
    this.calls.clear()
    for (const call of calls) call.cancel(reason)
  }

  /** Ends the connection; the phase, which says why, has moved before. */
  #close(): void {
    this.#state = 'closed'
    this.#post({ type: 'phase moved' })
    this.#port.close()
  }

  #listen(): void {
    this.#port.on('message', this.#wake)
    // What keeps the process alive is the thread at the other end, or the work that its calls do here.
    this.#port.unref()
  }

  /** A message after a pause comes as an event. If there are more behind it, they are fetched, one in a turn. */
  readonly #wake = (message: unknown): void => {
    this.#inHand.push(message)
    this.#context.mainLoop.scheduleNow(() => this.#receiveInHand())
    const next = this.#state === 'open' ? this.#fetch() : undefined
    if (next === undefined) return
    this.#port.off('message', this.#wake)
    this.#takeTurns(next.message)
  }

  #takeTurns(first: unknown): void {
    const thread = this
    this.#inHand.push(first)
    this.#context.mainLoop.schedule(function () {
      thread.#receiveInHand()
      if (thread.#state !== 'open') return
      const next = thread.#fetch()
      // Listening starts the port again, which first hands out what came since the last look.
      if (next === undefined) return thread.#listen()
      thread.#inHand.push(next.message)
      this.schedule()
    })
  }

  #fetch(): { message: unknown } | undefined {
    try {
      return receiveMessageOnPort(this.#port)
    } catch (error) {
      this.#unreadable(error)
      return this.#fetch()
    }
  }

  /** The next in hand; there is none if `interrupt` has taken it. */
  #receiveInHand(): void {
    if (this.#inHand.length > 0) this.#receive(this.#inHand.shift())
  }

  #receive(message: unknown): void {
    if (this.#state === 'closed') return // the call before this one detached the thread, or stopped the reactor
    const request = readRequest(message)
    switch (request?.type) {
      case 'call':
        return this.#call(request)
      case 'cancel':
        // No such call: its outcome and this request passed each other on the way. The thread drops the outcome.
        return this.#cancel(request)
      case 'unreadable':
        return this.#post({ type: 'unfinished', ids: [...this.calls.keys()] })
      case 'sent':
        return this.#sent(request.upTo)
      case 'stray':
        return this.#ignore(`word from the thread that it received ${request.found}`)
      case undefined:
        return this.#ignore('a message that is no request')
    }
  }

  #call({ id, ref, args, deadline }: Extract<Request, { type: 'call' }>): void {
    const { last } = this.#numbers
    const lost = this.#numbers.take(id)
    if (lost === undefined) return this.#ignore(`a call numbered ${id} after ${last}`)
    this.#postLost(lost)
    const call = new Call(this, this.#context, { number: id, ref, deadline }, args)
    this.calls.set(id, call)
    if (this.#state === 'open') call.start()
  }

  #cancel({ id, reason }: Extract<Request, { type: 'cancel' }>): void {
    const call = this.calls.get(id)
    if (call === undefined) return
    this.calls.delete(id)
    call.cancel(
      reason === 'timed out'
        ? new TimeoutError(`The caller of ${call.name} in thread ${this.threadId} has stopped waiting`)
        : new CancelledError(`The call of ${call.name} was cancelled by thread ${this.threadId}`),
    )
    this.#post({ type: 'cancelled', id })
  }

  #postValue(call: Call, marked: unknown): void {
    let value = marked
    try {
      const unpacked = unpack(marked)
      value = unpacked.value
      this.#post({ type: 'value', id: call.number, value }, unpacked.transfer)
    } catch (cause) {
      const what = `The value of ${call.name} cannot be sent to thread ${this.threadId}`
      const error = new ResultNotCloneableError(`${what}: ${whyNotPosted(value, cause)}; ${CURE}`, { cause })
      this.#postFailure(call.number, error)
    }
  }

  #postFailure(id: number, thrown: unknown): void {
    this.#post({ type: 'failure', id, thrown: encodeThrown(thrown) })
  }

  #post(answer: Answer, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(writeAnswer(answer), transfer)
    this.memory.announce()
  }

  #unreadable(cause: unknown): void {
    this.#ignore('a message that could not be read', cause)
    this.#numbers.expectReply(cause)
    this.#post({ type: 'unreadable' })
  }

  #sent(upTo: number): void {
    const lost = this.#numbers.takeReply(upTo)
    if (lost === undefined) return this.#ignore(`word of ${upTo} calls, for which it was not asked`)
    this.#postLost(lost)
  }

  #postLost(lost: readonly LostCall[]): void {
    for (const { id, cause } of lost) this.#postFailure(id, unreadableArguments(cause))
  }

  #ignore(what: string, error?: unknown): void {
    const details = error === undefined ? { thread: this.threadId } : { thread: this.threadId, err: error }
    this.#context.log.warn(`Ignored ${what}, on the port of thread ${this.threadId}`, details)
  }
}

function unreadableArguments(cause: unknown): Error {
  return new ArgumentNotCloneableError(`The arguments could not be read by the reactor: ${messageOf(cause)}`, { cause })
}
