import { CancelledError, ReactorStopped } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import type { Delivery, LocalHandle, LocalReactor, Outcome } from '../protocol/thread.js'
import { Call, type CallOptions } from './call.js'

/** A call from code in the reactor's own thread. It can be awaited, but not waited for. */
export class LocalCall extends Call {
  readonly #reactor: LocalReactor | undefined
  readonly #handle: LocalHandle | undefined

  /** @param reactor - `undefined` if this thread's reactors have all stopped. */
  constructor(reactor: LocalReactor | undefined, ref: FunctionRef, args: readonly unknown[], options: CallOptions) {
    super(ref, options)
    this.#reactor = reactor
    if (reactor === undefined) {
      this.end(() => new ReactorStopped(`${this.name} was called after this thread's reactor had stopped`))
    } else {
      const request = { ref, args, hasDefault: this.hasDefault }
      this.#handle = reactor.call(request, (outcome, delivery) => this.#settle(outcome, delivery))
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
    this.#handle?.cancel(new CancelledError(`The call of ${this.name} was cancelled`))
  }

  protected handOver(uid: string): boolean {
    this.#handle?.stash(uid, this.defaultValue)
    return true
  }

  protected putAway(uid: string, outcome: Outcome): void {
    this.#reactor?.results.put(uid, this.name, outcome)
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
