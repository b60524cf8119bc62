import { exhaustMap, type Observable, ReplaySubject, retry, takeUntil, timer } from 'rxjs'

/** How many dollars a euro is. Lives on the main loop, which asks for it every so often, however many pages show it. */
export class ExchangeRate {
  readonly #rate = new ReplaySubject<number>(1)

  /**
   * @param ask - Asks the market.
   * @param period - Between two times that it is asked, in ms.
   * @param end$ - It is asked no more from then on.
   */
  constructor(ask: () => Observable<number>, period: number, end$: Observable<unknown>) {
    timer(0, period)
      .pipe(
        exhaustMap(ask),
        retry({ delay: period }), // The last rate will do meanwhile.
        takeUntil(end$),
      )
      .subscribe(this.#rate)
  }

  /** What is known now. At the very beginning who asks waits until there is something. */
  latest(): Observable<number> {
    return this.#rate
  }
}
