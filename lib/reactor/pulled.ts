import { AsyncResource } from 'node:async_hooks'
import { types } from 'node:util'
import { isObservableLike } from './first-emission.js'
import { leave } from './leave.js'
import { TIME_SLICE } from './main-loop-scheduler.js'
import type { SchedulerLike, Subscription } from './rxjs.js'
import type { Sink, Source } from './source.js'

type Step = IteratorResult<unknown, unknown>

/** Of either kind. */
export interface AnyIterator {
  next(): Step | PromiseLike<Step>
  return?(): unknown
}

/**
 * What a function returned, if it is to be asked for its values: an async iterable, or an iterator such as generators are.
 * Arrays, strings and Maps are values themselves, as they are for every call.
 */
export function iteratorOf(result: unknown): AnyIterator | undefined {
  if (typeof result !== 'object' || result === null || isObservableLike(result)) return undefined
  const isIterator = typeof Reflect.get(result, 'next') === 'function'
  const iterate: unknown =
    Reflect.get(result, Symbol.asyncIterator) ?? (isIterator ? Reflect.get(result, Symbol.iterator) : undefined)
  // What the methods of these names return is by definition an iterator.
  return typeof iterate === 'function' ? (Reflect.apply(iterate, result, []) as AnyIterator) : undefined
}

/**
 * An iterator as the source of a stream: asked for a value when there is room for it. It gives the loop back after a slice of
 * time, also one that has all its values at hand.
 */
export class Pulled implements Source {
  readonly #iterator: AnyIterator
  readonly #sink: Sink
  readonly #scheduler: SchedulerLike
  readonly #teardownFailed: (error: unknown) => void
  #place: Subscription | undefined
  /** Between asking for a value and having it; or in line to ask. */
  #isPulling = false
  /** In its own code, which can't be ended from within. */
  #isRunning = false
  /** It has ended by itself, or was told to. */
  #isOver = false
  #sliceEnd = 0

  /** @param teardownFailed - Called when the iterator throws that is left. */
  constructor(iterator: AnyIterator, sink: Sink, scheduler: SchedulerLike, teardownFailed: (error: unknown) => void) {
    this.#iterator = iterator
    this.#sink = sink
    this.#scheduler = scheduler
    this.#teardownFailed = teardownFailed
  }

  start(): void {
    this.#pullSlice()
  }

  resume(): void {
    if (!this.#isPulling) this.#pullSlice()
  }

  unsubscribe(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#place?.unsubscribe()
    if (!this.#isRunning) this.#return()
  }

  /** The iterator's code runs as its call's, whoever says that there is room. */
  readonly #pullSlice = AsyncResource.bind((): void => {
    this.#sliceEnd = this.#scheduler.now() + TIME_SLICE
    this.#pull()
  })

  #pull(): void {
    this.#isPulling = true
    while (!this.#isOver && this.#sink.mayPull()) {
      if (this.#scheduler.now() > this.#sliceEnd) {
        this.#place = this.#scheduler.schedule(this.#pullSlice)
        return
      }
      const step = this.#next()
      if (step === undefined) return
      if (types.isPromise(step)) {
        step.then(
          (awaited) => {
            if (this.#took(awaited)) this.#pull()
          },
          (thrown: unknown) => this.#end(() => this.#sink.end({ type: 'failure', thrown })),
        )
        return
      }
      if (!this.#took(step)) return
    }
    this.#isPulling = false
  }

  /** `undefined` if it threw; or if it was told to end meanwhile. */
  #next(): Step | Promise<Step> | undefined {
    this.#isRunning = true
    try {
      const step = this.#iterator.next()
      this.#isRunning = false
      // A thenable's `then` may throw: that is then how the promise fails.
      if (!this.#isOver) return isThenable(step) ? Promise.resolve(step) : step
      this.#return()
    } catch (thrown) {
      this.#isRunning = false
      this.#end(() => this.#sink.end({ type: 'failure', thrown }))
    }
    return undefined
  }

  /** Hands a value on; returns `false` if there was none, for it is the end. */
  #took(step: Step): boolean {
    if (this.#isOver) return false
    try {
      // Also of what is no result of an iterator.
      const { done, value } = step
      if (done !== true) this.#sink.emit(value)
      else this.#end(() => this.#sink.end({ type: 'empty' }))
    } catch (thrown) {
      this.#end(() => this.#sink.end({ type: 'failure', thrown }))
    }
    return !this.#isOver
  }

  #end(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    tell()
  }

  #return(): void {
    leave(this.#iterator, this.#teardownFailed)
  }
}

function isThenable(step: Step | PromiseLike<Step>): step is PromiseLike<Step> {
  return typeof Object(step).then === 'function'
}
