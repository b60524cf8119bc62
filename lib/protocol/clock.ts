/**
 * Time as it passes, whatever a test of the application makes of its clock.
 *
 * Fake timers put their own functions in place of globals and of what the modules `node:timers`, `node:timers/promises` and
 * `node:perf_hooks` hold. A wait of ours that measured by them would never end. Prototypes they leave alone, so what is here
 * comes from those, and is taken once: it is real also if this module is loaded while a fake is on. No other module of lib
 * measures or waits by itself.
 *
 * @module
 */
import { File } from 'node:buffer'
import { performance } from 'node:perf_hooks'
import timers from 'node:timers'
import { scheduler } from 'node:timers/promises'

interface WaitOptions {
  /** Whether the process is kept alive meanwhile; default `true`. */
  readonly ref?: boolean
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal
}

const { now: realNow }: typeof performance = Object.getPrototypeOf(performance)
const { wait: realWait, yield: realYield }: typeof scheduler = Object.getPrototypeOf(scheduler)
const origin = performance.timeOrigin
const settled = Promise.resolve()

/** In ms, from a moment of its own in each thread. */
export const now: () => number = realNow.bind(performance)

/** In ms, by a clock that the threads of a process share. */
export function shared(): number {
  return origin + now()
}

/** Resolves after so many ms, of which a timer of Node can measure `LONGEST_TIMER`. */
export const wait: (ms: number, options?: WaitOptions) => Promise<void> = realWait.bind(scheduler)

/** Resolves when the loop has come round. */
export const nextTurn: () => Promise<void> = realYield.bind(scheduler)

/** Calls back when the loop has come round. */
export const inNextTurn: (callback: () => void) => void = isImmediateReal()
  ? timers.setImmediate
  : // What the callback throws is then a rejection that nobody handles: with a fake, nothing else is to be had.
    (callback) => void nextTurn().then(callback)

/** The time, in whole ms since the epoch. Takes long, compared with `now`. */
export function epoch(): number {
  // A file without a date is of now, by a `Date` that Node has kept for itself.
  return new File([], '').lastModified
}

/**
 * Calls back after so many ms.
 *
 * @returns Takes it back.
 */
export function after(ms: number, callback: () => void, { ref = true }: Pick<WaitOptions, 'ref'> = {}): () => void {
  const controller = new AbortController()
  wait(ms, { ref, signal: controller.signal }).then(callback, () => undefined)
  return () => controller.abort()
}

/**
 * Calls back again and again, so many ms after the last time.
 *
 * @returns Ends that.
 */
export function every(ms: number, callback: () => void): () => void {
  const again = (): void => {
    cancel = after(ms, again)
    callback()
  }
  let cancel = after(ms, again)
  return () => cancel()
}

/** Calls back when what runs now has come to its end, before the loop goes on. */
export function afterThis(callback: () => void): void {
  void settled.then(callback)
}

/** Node knows of what the real one has started. There is no other way to it, unlike to the rest. */
function isImmediateReal(): boolean {
  const count = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Immediate').length
  const before = count()
  const immediate = timers.setImmediate(() => undefined)
  const isKnown = count() > before
  // Also of a fake: the test may count what its clock has to do.
  timers.clearImmediate(immediate)
  return isKnown
}
