/**
 * Of RxJS just what the reactor uses, and so as little as can be: its index loads some 200 files in each thread that has a
 * reactor. These are the modules that the application's own RxJS is made of. They are required, for Node takes twice as
 * long to import what is CommonJS.
 *
 * @module
 */
import asyncSubject = require('rxjs/internal/AsyncSubject')
import observable = require('rxjs/internal/Observable')
import innerFrom = require('rxjs/internal/observable/innerFrom')
import subscriber = require('rxjs/internal/Subscriber')
import subscription = require('rxjs/internal/Subscription')
import symbol = require('rxjs/internal/symbol/observable')
import isObservableModule = require('rxjs/internal/util/isObservable')

export import AsyncSubject = asyncSubject.AsyncSubject
export import Observable = observable.Observable
export import Subscriber = subscriber.Subscriber
export import Subscription = subscription.Subscription

/** What `from` of RxJS does without a scheduler; that loads all that schedulers need. */
export const from = innerFrom.innerFrom
export const { isObservable } = isObservableModule
/** The key of the method by which RxJS knows the Observables of others. */
export const observableSymbol = symbol.observable
export type { ObservableInput, SchedulerAction, SchedulerLike } from 'rxjs/internal/types'
