/**
 * Of RxJS just what the reactor uses. Its index loads some 200 files, which takes 40 to 50 ms in each thread that has a
 * reactor; these are the same modules, which the application's own RxJS is made of.
 *
 * @module
 */
export { AsyncSubject } from 'rxjs/internal/AsyncSubject'
export { firstValueFrom } from 'rxjs/internal/firstValueFrom'
export { lastValueFrom } from 'rxjs/internal/lastValueFrom'
export { Observable } from 'rxjs/internal/Observable'
export { defer } from 'rxjs/internal/observable/defer'
export { EMPTY } from 'rxjs/internal/observable/empty'
// What `from` does without a scheduler; `from` itself loads all that schedulers need.
export { innerFrom as from } from 'rxjs/internal/observable/innerFrom'
export { NEVER } from 'rxjs/internal/observable/never'
export { race } from 'rxjs/internal/observable/race'
export { timer } from 'rxjs/internal/observable/timer'
export { ignoreElements } from 'rxjs/internal/operators/ignoreElements'
export { map } from 'rxjs/internal/operators/map'
export { Subscriber } from 'rxjs/internal/Subscriber'
export { Subscription } from 'rxjs/internal/Subscription'
export { observable } from 'rxjs/internal/symbol/observable'
export type { ObservableInput, SchedulerAction, SchedulerLike } from 'rxjs/internal/types'
export { isObservable } from 'rxjs/internal/util/isObservable'
