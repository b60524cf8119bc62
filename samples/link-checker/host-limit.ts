import { catchError, EMPTY, ignoreElements, mergeAll, Observable, ReplaySubject, Subject, takeUntil, tap } from 'rxjs'

/** Runs `work` when fewer than the limit are running for that host; those that wait keep their order. */
export type HostLimit = <T>(host: string, work: Observable<T>) => Observable<T>

export function limitPerHost(limit: number): HostLimit {
  const queues = new Map<string, Subject<Observable<never>>>()

  const queueOf = (host: string) => {
    const known = queues.get(host)
    if (known) return known
    const queue = new Subject<Observable<never>>()
    queue.pipe(mergeAll(limit)).subscribe()
    queues.set(host, queue)
    return queue
  }

  return <T>(host: string, work: Observable<T>) =>
    new Observable<T>((subscriber) => {
      // Latched: whoever leaves while queued must not start work when the turn comes.
      const left = new ReplaySubject<void>(1)
      const turn = work.pipe(
        tap(subscriber),
        ignoreElements(),
        // The subscriber has the error; the queue goes on with its next turn.
        catchError(() => EMPTY),
        takeUntil(left),
      )
      queueOf(host).next(turn)
      return () => left.next()
    })
}
