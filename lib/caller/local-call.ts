import { CancelledError, ReactorStopped } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import type { LocalReactor } from '../protocol/thread.js'
import { Call, type CallOptions } from './call.js'

/** A call from code in the reactor's own thread. It can be awaited, but not waited for. */
export class LocalCall extends Call {
  readonly #cancel: ((reason: Error) => void) | undefined

  /** @param reactor - `undefined` if this thread's reactors have all stopped. */
  constructor(reactor: LocalReactor | undefined, ref: FunctionRef, args: readonly unknown[], options: CallOptions) {
    super(ref, options)
    if (reactor === undefined) {
      this.end(() => new ReactorStopped(`${this.name} was called after this thread's reactor had stopped`))
    } else {
      this.#cancel = reactor.call(ref, args, (outcome) => this.settle(outcome))
    }
  }

  poll(): void {
    // In the same thread an outcome is told as it comes.
  }

  sleepUntil(): boolean {
    return this.settled !== undefined
  }

  whyLate(): string {
    return ''
  }

  protected abandon(): void {
    this.#cancel?.(new CancelledError(`The call of ${this.name} was cancelled`))
  }
}
