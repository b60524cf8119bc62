/**
 * Of RxJS just what the reactor uses, and so as little as can be: its index loads some 200 files, in each thread that has a
 * reactor. These are the modules that the application's own RxJS is made of.
 *
 * @module
 */
export { AsyncSubject } from 'rxjs/internal/AsyncSubject'
export { Observable } from 'rxjs/internal/Observable'
// What `from` does without a scheduler; `from` itself loads all that schedulers need.
export { innerFrom as from } from 'rxjs/internal/observable/innerFrom'
export { Subscriber } from 'rxjs/internal/Subscriber'
export { Subscription } from 'rxjs/internal/Subscription'
/** The key of the method by which RxJS knows the Observables of others. */
export { observable as observableSymbol } from 'rxjs/internal/symbol/observable'
export type { ObservableInput, SchedulerAction, SchedulerLike } from 'rxjs/internal/types'
export { isObservable } from 'rxjs/internal/util/isObservable'
