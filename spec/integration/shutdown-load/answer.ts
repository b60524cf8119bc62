/** What a request is answered with: each has an answer of its own, so that one that is given to another shows. */
import { map, type Observable, timer } from 'rxjs'

/** What the task of a request calls, three times. */
export const desk = {
  step: (request: number, step: number): Observable<string> => timer(3).pipe(map(() => `${request}.${step}`)),
}

export function answerTo(request: number): string {
  return `${request}.1 ${request}.2 ${request}.3`
}
