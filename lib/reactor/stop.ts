const DEFAULT_DRAIN_TIMEOUT = 5_000

export interface StopOptions {
  /** How long, in ms, tasks may take to come to their end before their threads are terminated. At least 0; default 5,000. */
  drainTimeout?: number
}

export interface StopReport {
  /** Calls that had no outcome, and ended with `ReactorStopped`. */
  readonly interrupted: number
  /** Threads of attached pools that came to rest in time. */
  readonly drained: number
  /** Threads that were still busy after `drainTimeout`, and were terminated. */
  readonly terminated: number
  /** From `stop()` to the last pool's end. */
  readonly durationMs: number
}

/** @throws TypeError or RangeError that names the option. */
export function drainTimeoutOf({ drainTimeout = DEFAULT_DRAIN_TIMEOUT }: StopOptions): number {
  if (typeof drainTimeout !== 'number') {
    throw new TypeError(`drainTimeout of stop() is \`${String(drainTimeout)}\`; it must be a number of ms`)
  }
  if (!(drainTimeout >= 0))
    throw new RangeError(`drainTimeout of stop() is \`${drainTimeout}\`; it must be at least 0 ms`)
  return drainTimeout
}
