import { BehaviorSubject, first, map, type Observable } from 'rxjs'

/** What is on the shelf, as this application's own code and its threads see it. */
export class Stock {
  readonly #lamps = new BehaviorSubject(0)
  #sold = 0

  add(): void {
    this.#lamps.next(this.#lamps.value + 1)
  }

  /** Takes a lamp, once there is one, and says its number. */
  take(): Observable<number> {
    return this.#lamps.pipe(
      first((lamps) => lamps > 0),
      map((lamps) => {
        this.#lamps.next(lamps - 1)
        return ++this.#sold
      }),
    )
  }
}
