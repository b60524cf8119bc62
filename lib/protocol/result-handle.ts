/** What `EventualResult` is, for the side that doesn't have that class. */
export interface ResultHandle<T> {
  wait(timeout: number): T
  cancel(): void
  readonly settled: boolean
  originalFailure(): object | null
  stash(): string
  asPromise(): Promise<T>
}
