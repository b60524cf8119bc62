import { threadId } from 'node:worker_threads'
import type { FunctionRef } from '../protocol/function-ref.js'
import { unpack, unpackAll } from '../protocol/move.js'
import type { Outcome } from '../protocol/thread.js'
import { Call, type CallContext, type Caller } from './call.js'

/** Code in the reactor's own thread, as a caller. Nothing is copied, and nobody sleeps. */
export class LocalCaller implements Caller {
  /** Those of connections start at 1. */
  readonly ordinal = 0
  readonly threadId = threadId
  readonly #context: CallContext
  readonly #settles = new Map<Call, (outcome: Outcome) => void>()
  #last = 0

  constructor(context: CallContext) {
    this.#context = context
  }

  get calls(): Iterable<Call> {
    return this.#settles.keys()
  }

  /** Returns what cancels the call; see `LocalReactor.call`. */
  call(ref: FunctionRef, args: readonly unknown[], settle: (outcome: Outcome) => void): (reason: Error) => void {
    this.#last += 1
    // Nothing has to be moved here, so what was given to `move` is just taken out of its mark; as is the value below.
    const { values } = unpackAll(args)
    const call = new Call(this, this.#context, { number: this.#last, ref, deadline: Number.POSITIVE_INFINITY }, values)
    this.#settles.set(call, settle)
    call.start()
    return (reason) => {
      if (this.#settles.delete(call)) call.cancel(reason)
    }
  }

  settled(call: Call, outcome: Outcome): void {
    const settle = this.#settles.get(call)
    this.#settles.delete(call)
    settle?.(outcome.type === 'value' ? { type: 'value', value: unpack(outcome.value).value } : outcome)
  }

  /** Whether calls are unfinished. */
  get isBusy(): boolean {
    return this.#settles.size > 0
  }

  /** Ends the unfinished calls with that failure, and unsubscribes them, one a step; returns how many there were. */
  *interrupt(reason: Error): Generator<void, number> {
    let interrupted = 0
    for (const [call, settle] of this.#settles) {
      this.#settles.delete(call)
      settle({ type: 'failure', thrown: reason })
      call.cancel(reason)
      interrupted += 1
      yield
    }
    return interrupted
  }
}
