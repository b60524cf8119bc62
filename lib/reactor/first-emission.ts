import type { Outcome } from '../protocol/thread.js'
import { leave } from './leave.js'
import { from, isObservable, Observable, type ObservableInput, observableSymbol, Subscriber } from './rxjs.js'

/**
 * What a reactive function returned, as an Observable; `undefined` if it is a plain value.
 *
 * Arrays, strings and Maps are plain values here, though `from` would take them apart.
 *
 * @param teardownFailed - Called when an async iterable throws that is left.
 */
export function asObservable(
  result: unknown,
  teardownFailed: (error: unknown) => void,
): Observable<unknown> | undefined {
  if (isObservable(result)) return result
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return undefined
  // By its symbol, for `isObservable` fails on the Observables of another library, and of a second copy of RxJS.
  const symbol = observableSymbols().find((key) => has(result, key))
  if (symbol !== undefined) return fromInterop(result, symbol)
  if (has(result, 'then')) return fromThenable(result as PromiseLike<unknown>) // `then` is all it takes
  if (has(result, Symbol.asyncIterator)) return fromAsyncIterable(result as AsyncIterable<unknown>, teardownFailed)
  return undefined
}

/** Whether it is an Observable, of whichever library, or a thenable; those that are also iterable are not taken for that. */
export function isObservableLike(result: object): boolean {
  return isObservable(result) || has(result, 'then') || observableSymbols().some((key) => has(result, key))
}

/** RxJS chose its symbol when it was loaded; a library loaded later may have defined the language's own since. */
const observableSymbols = (): PropertyKey[] => [observableSymbol, Symbol.observable ?? observableSymbol, '@@observable']

function fromInterop(result: object, symbol: PropertyKey): Observable<unknown> {
  const observe = (): unknown => Reflect.apply(Reflect.get(result, symbol), result, [])
  // What the method of that name returns is by definition an Observable; here it has RxJS's own name for it.
  return from({ [observableSymbol]: observe } as unknown as ObservableInput<unknown>)
}

function fromThenable<T>(thenable: PromiseLike<T>): Observable<T> {
  const promise = Promise.resolve(thenable)
  // If the call ends before it is subscribed, nobody looks at the promise; that it fails is then nobody's concern.
  promise.catch(() => undefined)
  return from(promise)
}

/**
 * Unlike RxJS's own conversion, unsubscribing calls the iterator's `return()` at once, not when its next value comes; and tells what
 * that throws.
 */
function fromAsyncIterable<T>(iterable: AsyncIterable<T>, teardownFailed: (error: unknown) => void): Observable<T> {
  return new Observable((subscriber) => {
    const iterator = iterable[Symbol.asyncIterator]()
    let isOver = false
    subscriber.add(() => {
      if (!isOver) leave(iterator, teardownFailed)
    })
    const took = ({ done, value }: IteratorResult<T, unknown>): void => {
      if (done !== true) {
        subscriber.next(value)
        return pull()
      }
      isOver = true
      subscriber.complete()
    }
    const failed = (thrown: unknown): void => {
      isOver = true
      subscriber.error(thrown)
    }
    const pull = (): void => {
      if (subscriber.closed) return
      // It may throw instead of giving a promise, or give what is none.
      new Promise<IteratorResult<T, unknown>>((resolve) => resolve(iterator.next())).then(took).catch(failed)
    }
    pull()
  })
}

/**
 * Reads one emission and unsubscribes. A Subscriber rather than an observer, so that a source that emits for ever
 * without giving the loop back is stopped by its first value too.
 */
export class FirstEmission extends Subscriber<unknown> {
  readonly #settle: (outcome: Outcome) => void
  readonly #teardownFailed: (error: unknown) => void

  /**
   * @param settle - Called at most once, before the source is unsubscribed.
   * @param teardownFailed - Called when a teardown of the source throws; the outcome stands.
   */
  constructor(settle: (outcome: Outcome) => void, teardownFailed: (error: unknown) => void) {
    super()
    this.#settle = settle
    this.#teardownFailed = teardownFailed
  }

  protected override _next(value: unknown): void {
    this.#end({ type: 'value', value })
  }

  protected override _error(thrown: unknown): void {
    this.#end({ type: 'failure', thrown })
  }

  protected override _complete(): void {
    this.#end({ type: 'empty' })
  }

  override unsubscribe(): void {
    try {
      super.unsubscribe()
    } catch (error) {
      this.#teardownFailed(error)
    }
  }

  #end(outcome: Outcome): void {
    this.isStopped = true
    this.#settle(outcome)
    this.unsubscribe()
  }
}

function has(value: object, key: PropertyKey): boolean {
  return typeof Reflect.get(value, key) === 'function'
}
