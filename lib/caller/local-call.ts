import { CancelledError, ReactorStopped } from '../errors.js'
import type { FunctionRef } from '../protocol/function-ref.js'
import {
  type Delivery,
  type LocalHandle,
  type LocalReactor,
  type Outcome,
  type Settle,
  thisThread,
} from '../protocol/thread.js'
import { Call, type CallOptions, type Settled } from './call.js'
import type { CallSite } from './traceback.js'

/** A call from code in the reactor's own thread. It can be awaited, but not waited for. */
class LocalCall extends Call {
  readonly #reactor: LocalReactor | undefined
  readonly #handle: LocalHandle | undefined

  /**
   * @param reactor - `undefined` if none of this thread's takes calls any more.
   * @param begin - Has the reactor begin it.
   */
  constructor(
    reactor: LocalReactor | undefined,
    called: FunctionRef | string,
    options: CallOptions,
    begin: (reactor: LocalReactor, settle: Settle) => LocalHandle,
  ) {
    super(called, options)
    this.#reactor = reactor
    if (reactor === undefined) this.end(() => this.#tooLate('called'))
    else this.#handle = begin(reactor, (outcome, delivery) => this.#settle(outcome, delivery))
    if (this.#handle !== undefined) this.found(this.#handle.name)
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

  protected disclaim(): void {
    // In a reactor thread nobody waits, and so nobody combines results.
  }

  protected handOver(uid: string): void {
    this.#handle?.stash(uid, this.defaultValue)
    this.stashed()
  }

  protected putAway(uid: string, settled: Settled, _timeout: number, site: () => CallSite): void {
    if (this.#reactor === undefined) throw this.#tooLate('to be stashed')
    const outcome: Outcome = settled.type === 'value' ? settled : { type: 'failure', thrown: settled.at(site()) }
    this.#reactor.put(uid, this.name, outcome)
  }

  #tooLate(what: string): ReactorStopped {
    return new ReactorStopped(
      thisThread.isReactorThread
        ? `${this.name} was ${what} while this thread's reactor is stopping, after that had interrupted all calls; make it before that, as in a \`before\` trigger`
        : `${this.name} was ${what} after this thread's reactor had stopped; make a new Reactor, or call setup()`,
    )
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

/** Calls a function of that reactor of this thread; of none, if all of them have stopped. */
export function callHere(
  reactor: LocalReactor | undefined,
  ref: FunctionRef,
  args: readonly unknown[],
  options: CallOptions,
): Call {
  const hasDefault = 'defaultValue' in options
  return new LocalCall(reactor, ref, options, (its, settle) => its.call({ ref, args, hasDefault }, settle))
}

/**
 * Takes a result out of the store of a reactor of this thread, be it that it has stopped.
 *
 * @throws ResultNotFoundError
 */
export function retrieveHere(reactor: LocalReactor, uid: string): Call {
  return new LocalCall(reactor, 'a stashed result', {}, (its, settle) => its.retrieve(uid, settle))
}
