import type { InteropObservable, Observable } from 'rxjs'
import type { EventualResult } from './eventual-result.js'

/** What a reactive function's result ends up as: the value of an Observable, a promise or an async iterable; or itself. */
export type Emitted<Result> =
  Result extends Observable<infer Value>
    ? Value
    : Result extends InteropObservable<infer Value>
      ? Value
      : Result extends PromiseLike<infer Value>
        ? Value
        : Result extends AsyncIterable<infer Value>
          ? Value
          : Result

/** A reactive function as a calling thread has it, without blocking. */
export type Eventual<Fn> = Fn extends (...args: infer Args) => infer Result
  ? (...args: Args) => EventualResult<Emitted<Result>>
  : never

/** A reactive function as a calling thread has it, blocking. */
export type Blocking<Fn> = Fn extends (...args: infer Args) => infer Result ? (...args: Args) => Emitted<Result> : never

/** The functions of a service; its other properties can't be called. */
export type FunctionsOf<Service> = {
  [Key in keyof Service as Service[Key] extends (...args: never[]) => unknown ? Key : never]: Service[Key]
}

/** A service as `eventual()` gives it: each of its functions returns an {@link EventualResult} at once. */
export type EventualService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Eventual<Service[Key]> }
/** A service as `blocking()` gives it: each of its functions blocks the thread until there is a value. */
export type BlockingService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Blocking<Service[Key]> }

/** What a service is taken for whose type was not given. */
export type UntypedService = Record<string, (...args: unknown[]) => unknown>
