import type { Outcome } from '../protocol/thread.js'

/** What gives the values of a stream. */
export interface Source {
  start(): void
  /** There is room again, for one that waits for it. */
  resume(): void
  unsubscribe(): void
}

/** Where a source's values go. */
export interface Sink {
  emit(value: unknown): void
  /** Nothing more will come; `empty` if it ended well. */
  end(outcome: Outcome): void
  /** Whether there is room for a value; if not, the source's `resume` is called when there is. */
  mayPull(): boolean
}
