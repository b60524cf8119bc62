import { CancelledError, ReactorStopped } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import type { Delivery, LocalReactor, Outcome } from '../protocol/thread.js'
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
      const request = { ref, args, hasDefault: this.hasDefault }
      this.#cancel = reactor.call(request, (outcome, delivery) => this.#settle(outcome, delivery))
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

  #settle(outcome: Outcome, delivery: Delivery): void {
    switch (outcome.type) {
      case 'value':
        return this.settleWith(outcome.value)
      case 'empty':
        return this.settleEmpty()
      case 'failure':
        // In the same thread it is the thrown thing itself, which is nobody's to change.
        return this.fail(() => outcome.thrown, delivery)
    }
  }
}
