/**
 * What `retrieveResult()` of a Reactor gives: an `EventualResult`, as the side sees it that doesn't have that class.
 *
 * @typeParam T - The function's value.
 */
export interface ResultHandle<T> {
  /**
   * As that of `EventualResult`; but in a reactor's own thread, which must not block, it always throws.
   *
   * @param timeout - In ms.
   * @throws ReactorThreadError; `await` `asPromise()` instead.
   */
  wait(timeout: number): T
  /** Unsubscribes the call's Observable. Unless there is an outcome already, the outcome is `CancelledError`. */
  cancel(): void
  /** Whether there is an outcome. */
  readonly settled: boolean
  /** The `Failure`, if that is the outcome; `null` if there is none yet, or it is a value. */
  originalFailure(): object | null
  /**
   * Hands the result back to the store. In a reactor's own thread it waits for nothing.
   *
   * @returns The uid under which it is there now, another one than before.
   * @throws ReactorStopped if the reactor has stopped; ResultNotFoundError if it was stashed before it had an outcome.
   */
  stash(): string
  /** The outcome as a promise; it is rejected with the failure. */
  asPromise(): Promise<T>
}
