import { type Observable, Subscriber } from './rxjs.js'
import type { Sink, Source } from './source.js'

/** An Observable as the source of a stream, which unsubscribes it when it has ended. */
export class AllEmissions extends Subscriber<unknown> implements Source {
  readonly #observable: Observable<unknown>
  readonly #sink: Sink

  constructor(observable: Observable<unknown>, sink: Sink) {
    super()
    this.#observable = observable
    this.#sink = sink
  }

  start(): void {
    this.#observable.subscribe(this)
  }

  resume(): void {
    // It goes on unasked.
  }

  protected override _next(value: unknown): void {
    this.#sink.emit(value)
  }

  protected override _error(thrown: unknown): void {
    this.#sink.end({ type: 'failure', thrown })
  }

  protected override _complete(): void {
    this.#sink.end({ type: 'empty' })
  }
}
