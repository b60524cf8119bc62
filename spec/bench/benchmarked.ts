import { move } from 'rx-crochet'
import { NEVER, Observable, of, throwError, timer } from 'rxjs'
import { failuresByV8 } from './v8-failures.js'

/** The service that the benchmark calls. */
export const benchmarked = {
  echo: (value: unknown): Observable<unknown> => of(value),
  giveBack: (bytes: Uint8Array): Observable<Uint8Array> => of(move(bytes)),
  answerAfter1ms: (): Observable<number> => timer(1),
  fail: (value: number): Observable<never> => throwError(() => new RangeError(`${value} is too much`)),
  /** What failures cost in this thread that never leave it. */
  failHere: (times: number): Observable<Float64Array> => of(failuresByV8(times)),
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
