import type { InteropObservable, Observable } from 'rxjs'
import type { NoCall } from '../protocol/no-call.js'
import type { EventualResult } from './eventual-result.js'
import type { StreamingResult } from './streaming-result.js'

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

/** What a reactive function's result gives as a stream: each value of an Observable, an iterator or an async iterable; or the one of what else. */
export type EmittedEach<Result> =
  Result extends Observable<unknown>
    ? Emitted<Result>
    : Result extends IterableIterator<infer Value>
      ? Value
      : Emitted<Result>

/** A reactive function as a calling thread has it, blocking for each of its values. */
export type Streaming<Fn> = Fn extends (...args: infer Args) => infer Result
  ? (...args: Args) => StreamingResult<EmittedEach<Result>>
  : never

/** As {@link Streaming}, for all values that wait, at once. */
export type Buffered<Fn> = Fn extends (...args: infer Args) => infer Result
  ? (...args: Args) => StreamingResult<EmittedEach<Result>[]>
  : never

/** A reactive function as a calling thread has it, without blocking. */
export type Eventual<Fn> = Fn extends (...args: infer Args) => infer Result
  ? (...args: Args) => EventualResult<Emitted<Result>>
  : never

/** A reactive function as a calling thread has it, blocking. */
export type Blocking<Fn> = Fn extends (...args: infer Args) => infer Result ? (...args: Args) => Emitted<Result> : never

/** The functions of a service; its other properties can't be called, and what tools ask for never is. */
export type FunctionsOf<Service> = {
  [Key in keyof Service as Service[Key] extends (...args: never[]) => unknown
    ? Exclude<Key, NoCall>
    : never]: Service[Key]
}

/** A service as `eventual()` gives it: each of its functions returns an {@link EventualResult} at once. */
export type EventualService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Eventual<Service[Key]> }
/** A service as `blocking()` gives it: each of its functions blocks the thread until there is a value. */
export type BlockingService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Blocking<Service[Key]> }
/** A service, each of whose functions is {@link Streaming}. */
export type StreamingService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Streaming<Service[Key]> }
/** A service, each of whose functions is {@link Buffered}. */
export type BufferedService<Service> = { readonly [Key in keyof FunctionsOf<Service>]: Buffered<Service[Key]> }

/** What a service is taken for whose type was not given. */
export type UntypedService = Record<string, (...args: unknown[]) => unknown>
