import { NEVER, type Observable, of } from 'rxjs'

/** The service that the benchmark calls. */
export const benchmarked = {
  increment: (value: number): Observable<number> => of(value + 1),
  never: (_value: number): Observable<never> => NEVER,
}
