import { NEVER, Observable, of, throwError } from 'rxjs'

/** The service that the benchmark calls. */
export const benchmarked = {
  increment: (value: number): Observable<number> => of(value + 1),
  fail: (value: number): Observable<never> => throwError(() => new RangeError(`${value} is too much`)),
  never: (_value: number): Observable<never> => NEVER,
}

/** A service whose calls stay pending. It counts them, so that a figure is known to be of as many calls as it says. */
export class HeldCalls {
  subscribed = 0
  tornDown = 0

  hold(): Observable<never> {
    return new Observable(() => {
      this.subscribed += 1
      return () => {
        this.tornDown += 1
      }
    })
  }
}
