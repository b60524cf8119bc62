/**
 * Of RxJS just what the reactor uses, and so as little as can be: its index loads some 200 files in each thread that has a
 * reactor. These are the modules that the application's own RxJS is made of. They are required, for Node takes twice as
 * long to import what is CommonJS.
 *
 * @module
 */
import type * as Rx from 'rxjs'
import { require } from './require.js'

const asyncSubject: typeof import('rxjs/internal/AsyncSubject') = require('rxjs/internal/AsyncSubject')
const observable: typeof import('rxjs/internal/Observable') = require('rxjs/internal/Observable')
const innerFrom: typeof import('rxjs/internal/observable/innerFrom') = require('rxjs/internal/observable/innerFrom')
const subscriber: typeof import('rxjs/internal/Subscriber') = require('rxjs/internal/Subscriber')
const subscription: typeof import('rxjs/internal/Subscription') = require('rxjs/internal/Subscription')
const symbol: typeof import('rxjs/internal/symbol/observable') = require('rxjs/internal/symbol/observable')
const known: typeof import('rxjs/internal/util/isObservable') = require('rxjs/internal/util/isObservable')

export const { AsyncSubject } = asyncSubject
export const { Observable } = observable
export type Observable<T> = Rx.Observable<T>
export const { Subscriber } = subscriber
export const { Subscription } = subscription
export type Subscription = Rx.Subscription

/** What `from` of RxJS does without a scheduler; that loads all that schedulers need. */
export const from = innerFrom.innerFrom
export const { isObservable } = known
/** The key of the method by which RxJS knows the Observables of others. */
export const observableSymbol = symbol.observable
export type { ObservableInput, SchedulerAction, SchedulerLike } from 'rxjs'
