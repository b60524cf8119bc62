import type { SchedulerLike, Subscription } from 'rxjs'
import { EmptyError, TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { describe, type FunctionRef } from '../protocol/function-ref.js'
import type { Outcome } from '../protocol/thread.js'
import { type Activity, unfinished } from './activity.js'
import { type CurrentCall, runAs } from './current-call.js'
import { asObservable, FirstEmission } from './first-emission.js'
import { guardListeners } from './guarded-signal.js'
import type { Log } from './log.js'
import type { Loading } from './modules.js'
import type { Callable } from './services.js'
import { type Outlet, Stream } from './stream.js'

/** What calls need of their reactor. */
export interface CallContext {
  /** Where they run. */
  readonly scheduler: SchedulerLike
  readonly log: Log
  find(ref: FunctionRef): Callable | Loading
}

/** Who made a call, and gets its outcome. */
export interface Caller {
  /** Unlike a thread's id, never the same for two callers of a reactor. */
  readonly ordinal: number | 'stashed'
  readonly threadId: number
  /** Called exactly once a call, unless it was cancelled. */
  settled(call: Call, outcome: Outcome): void
  /** The module of its function is imported, or has been. Who waits in the reactor's own thread doesn't ask why it takes long. */
  loading?(call: Call, isLoading: boolean): void
}

/**
 * One call, on the reactor's side, from request to outcome.
 *
 * ```
 * waiting ──start──▶ running ──settle──▶ ended      its outcome goes to the caller
 *    └─────────────────┴──────cancel───▶ ended      no outcome: whoever cancels knows why
 * ```
 *
 * Whatever the reactive function does, the call ends: that the thread wakes depends on it.
 */
export class Call implements CurrentCall, Activity {
  readonly kind = 'call'
  readonly ref: FunctionRef
  #number: number
  /** How long the caller goes on waiting from when the request came, in ms. */
  readonly #timeout: number
  #deadline: number | undefined
  /** Whether the caller has a value for a function that ends without one. */
  readonly hasDefault: boolean
  /** That value, once the call is not with who made it any more. */
  #default: { readonly value: unknown } | undefined
  /** When the request came, in ms of `clock.now()`. */
  readonly since = clock.now()
  #caller: Caller
  readonly #context: CallContext
  #args: readonly unknown[]
  /** The place in the scheduler's line, or among those that wait for the module. */
  #place: Subscription | undefined
  /** Where its values go, if all of them are wanted. */
  readonly #outlet: Outlet | undefined
  /** What reads what the function gives. */
  #source: FirstEmission | Stream | undefined
  #controller: AbortController | undefined
  #abortReason: Error | undefined
  #ended = false
  #outer: Activity | undefined
  /** Whether a shutdown waits for it in its grace. */
  holdsShutdown = true
  /** Whether its caller has dealt with a failure before it came. */
  isHandled = false

  constructor(
    caller: Caller,
    context: CallContext,
    request: Pick<Call, 'ref' | 'number' | 'hasDefault'> & { readonly timeout: number },
    args: readonly unknown[],
    outlet?: Outlet,
    outer?: Activity,
  ) {
    this.#caller = caller
    this.#outer = outer
    // Reading has that one let go of what has ended around it: in a chain of calls nobody else reads it.
    void outer?.outer
    this.#outlet = outlet
    this.#context = context
    this.ref = request.ref
    this.#number = request.number
    this.#timeout = request.timeout
    this.hasDefault = request.hasDefault
    this.#args = args
  }

  get owner(): object {
    return this.#context
  }

  get isUnfinished(): boolean {
    return !this.#ended
  }

  /** Lets go of those that have ended, or of calls that begin one another none would ever be garbage. */
  get outer(): Activity | undefined {
    this.#outer = unfinished(this.#outer)
    return this.#outer
  }

  /** Its number among the calls of its caller. */
  get number(): number {
    return this.#number
  }

  get id(): string {
    return `${this.#caller.ordinal}.${this.#number}`
  }

  get name(): string {
    return describe(this.ref)
  }

  get threadId(): number {
    return this.#caller.threadId
  }

  get deadline(): number {
    // The clock has whole ms: rounded up, it is never before the caller stops waiting.
    this.#deadline ??= Math.ceil(clock.epoch() + this.since + this.#timeout - clock.now())
    return this.#deadline
  }

  /** Made when first asked for: most calls have no use for it. */
  get signal(): AbortSignal {
    this.#controller ??= this.#makeController()
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    return this.#controller.signal
  }

  /** Takes a place on the scheduler. */
  start(): void {
    this.#schedule(() => this.#find())
  }

  /** Another caller gets the outcome: one that has stashed it gives it to the store, and that to who retrieves it. */
  moveTo(caller: Caller, number: number): void {
    this.#caller = caller
    this.#number = number
    this.isHandled = false
  }

  /** From now on the call brings the value itself that it has if the function ends without one. */
  bringDefault(value: unknown): void {
    // Who retrieves a result and stashes it again doesn't know it.
    this.#default ??= { value }
  }

  /**
   * Ends the call without an outcome, and unsubscribes its Observable. Does nothing once it has ended.
   *
   * @param reason - Why; the reason of the call's `signal`.
   */
  cancel(reason: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#abortReason = reason
    this.#leaveLine()
    this.#source?.unsubscribe()
    this.#release()
    this.#controller?.abort(reason)
  }

  /** Its caller has room for more of its values. */
  resume(): void {
    if (this.#source instanceof Stream) this.#source.resume()
  }

  #schedule(step: () => void): void {
    this.#attempt(() => {
      this.#place = this.#context.scheduler.schedule(() => this.#attempt(step))
    })
  }

  #leaveLine(): void {
    try {
      this.#place?.unsubscribe()
    } catch (error) {
      this.#teardownFailed(error)
    }
  }

  #find(): void {
    // Its caller counts from before the request came, and so has stopped waiting, or is about to.
    if (clock.now() - this.since > this.#timeout) throw this.#tooLate()
    const found = this.#context.find(this.ref)
    if ('module$' in found) {
      this.#caller.loading?.(this, true)
      this.#place = found.module$.subscribe({
        next: (exports) => {
          this.#caller.loading?.(this, false)
          this.#schedule(() => this.#run(found.find(exports)))
        },
        error: (thrown) => this.#settle({ type: 'failure', thrown }),
      })
    } else if (this.ref.in === 'service') {
      this.#run(found)
    } else {
      // Earlier calls may have waited for the module and be in the line again: this one stays behind them.
      this.#schedule(() => this.#run(found))
    }
  }

  #run({ fn, self }: Callable): void {
    // Its turn has come; what it holds it would hold for as long as the call lasts.
    this.#place = undefined
    const result: unknown = runAs(this, () => Reflect.apply(fn, self, this.#args))
    if (this.#outlet !== undefined) return this.#readAll(result, this.#outlet)
    // What a thenable does in its `then` is the call's, too.
    const source = runAs(this, () => asObservable(result, this.#teardownFailed))
    if (this.#ended) return // the function stopped the reactor, and this call with it
    if (source === undefined) return this.#settle({ type: 'value', value: result })
    const first = new FirstEmission((outcome) => this.#settle(outcome), this.#teardownFailed)
    this.#source = first
    runAs(this, () => source.subscribe(first))
  }

  #readAll(result: unknown, outlet: Outlet): void {
    const listener = {
      settle: (outcome: Outcome) => this.#settle(outcome),
      teardownFailed: this.#teardownFailed,
    }
    const stream = runAs(this, () => new Stream(result, this.name, outlet, this.#context.scheduler, listener))
    if (this.#ended) return // as above
    this.#source = stream
    runAs(this, () => stream.start())
  }

  /** Runs a step of the call. Whatever it throws is the call's failure. */
  #attempt(step: () => void): void {
    if (this.#ended) return
    try {
      step()
    } catch (thrown) {
      // An ended call has its outcome: then it was a teardown that threw while the Observable was still subscribing.
      if (this.#ended) this.#teardownFailed(thrown)
      else this.#settle({ type: 'failure', thrown })
    }
  }

  #settle(outcome: Outcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#caller.settled(this, this.#orEmptyError(outcome))
    this.#release()
  }

  #orEmptyError(outcome: Outcome): Outcome {
    if (outcome.type !== 'empty') return outcome
    if (this.hasDefault) return this.#default === undefined ? outcome : { type: 'value', ...this.#default }
    const message = `${this.name} ended without a value; if it may, give a \`defaultValue\``
    return { type: 'failure', thrown: new EmptyError(message) }
  }

  #tooLate(): Error {
    return new TimeoutError(
      `${this.name} did not run: its turn had not come within ${this.#timeout} ms, for which its caller waits; the main loop may have been blocked`,
    )
  }

  /** Lets go of what the call holds: the function may go on holding the call, for its `signal`. */
  #release(): void {
    this.#args = []
    this.#place = undefined
    this.#source = undefined
  }

  #makeController(): AbortController {
    const controller = new AbortController()
    guardListeners(controller.signal, this.#teardownFailed)
    return controller
  }

  readonly #teardownFailed = (error: unknown): void => {
    this.#context.log.warn(`A teardown of ${this.name} threw; its outcome stands`, { err: error, call: this.id })
  }
}
