import { types } from 'node:util'

/** What becomes of a value for which there is no room. */
export type Overflow = 'error' | 'drop-oldest' | 'drop-newest'

/** Which of the values that wait a step gives: the next, the newest alone, or all of them. */
export type Take = 'each' | 'latest' | 'buffered'

/** How a thread reads a stream. */
export interface StreamPlan {
  /** How many values may wait for it. */
  readonly buffer: number
  readonly overflow: Overflow
  /** How many of the newest it wants when there are too many; only where older ones are dropped. */
  readonly keep: number
  /** Of the `StreamMemory`. */
  readonly words: SharedArrayBuffer
}

export const OVERFLOWS: readonly Overflow[] = ['error', 'drop-oldest', 'drop-newest']
export const TAKES: readonly Take[] = ['each', 'latest', 'buffered']
/** Counts are compared in 32 bits. */
export const MOST_BUFFERED = 2 ** 30

/** @param buffer - Whatever was given. */
export function isBuffer(buffer: unknown): buffer is number {
  return typeof buffer === 'number' && Number.isInteger(buffer) && buffer >= 1 && buffer <= MOST_BUFFERED
}

export function isStreamPlan(value: unknown): value is StreamPlan {
  if (typeof value !== 'object' || value === null) return false
  if (!('buffer' in value && 'overflow' in value && 'keep' in value && 'words' in value)) return false
  const { buffer, overflow, keep, words } = value
  const isKnown = OVERFLOWS.some((one) => one === overflow)
  return isBuffer(buffer) && isBuffer(keep) && isKnown && types.isSharedArrayBuffer(words)
}
