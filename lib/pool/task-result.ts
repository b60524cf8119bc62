/**
 * What a thread's runner and the pool say to each other of one task. Threads load it, and so it loads nothing.
 *
 * @module
 */
import type { Seat } from '../protocol/current-task.js'
import type { EncodedThrown } from '../protocol/thrown.js'

/** A task, and what it is for. */
export interface WholeTask {
  /** A URL of the file, or its path. */
  readonly filename: string
  readonly name: string
  readonly task: unknown
  /** Of one that can be cancelled. */
  readonly seat?: Seat | undefined
  /**
   * Whether the pool leaves a thread that has failed to load a file, so that it need not try again; with what came by transfer, if
   * anything did, to be sent back.
   */
  readonly leaving: boolean | readonly object[]
  /** For the pool's queue; it doesn't cross. */
  readonly [queueOptions: symbol]: unknown
}

/** Marks the failure of a task among the results of others. */
export const FAILED = 'rx-crochet: failed'

export interface FailedTask {
  readonly [FAILED]: EncodedThrown
  readonly loading?: FailedLoading | undefined
  /** The task itself, if it came by transfer and a load failed that it did not begin. */
  readonly back?: { readonly task: unknown; readonly transferred: readonly object[] } | undefined
}

/** A thread has failed to load the function of a task. */
export interface FailedLoading {
  readonly threadId: number
  readonly path: string
  /** `undefined` if it is the file that can't be loaded, whichever function is asked for. */
  readonly name: string | undefined
  /** When that load began, by the clock that all threads share. */
  readonly began: number
  /** Whether it began for this task; else it was another's, or the thread's own before it was ready. */
  readonly isOwn: boolean
}
