import { TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { Combination, type Entry, hasFailed } from './combination.js'
import type { EventualResult } from './eventual-result.js'
import { checkTimeout } from './timeout.js'
import { CallSite, showSite } from './traceback.js'

/** What waiting for something gives: a result's value; anything else itself. */
export type Waited<T> = T extends EventualResult<infer Value> ? Value : T

/** The values of a list of results, a tuple's one by one. */
export type Combined<Results extends readonly unknown[]> = { -readonly [Key in keyof Results]: Waited<Results[Key]> }

/** The outcomes of a list of results, a tuple's one by one. */
export type CombinedSettled<Results extends readonly unknown[]> = {
  -readonly [Key in keyof Results]: PromiseSettledResult<Waited<Results[Key]>>
}

type Boundary = (results: Iterable<unknown>, timeout: number) => unknown

/**
 * Blocks this thread until all results have their values, and returns these in the order of the list; or until the first
 * of them fails. As `Promise.all`.
 *
 * All results are taken for looked at, also those that fail later: none of them is logged as unhandled. They go on.
 *
 * @example
 * ```ts
 * const [user, orders] = waitAll([users.find(id), shop.orders(id)], 5_000)
 * ```
 * @param results - What is no `EventualResult` counts as its own value.
 * @param timeout - The longest time to wait for all of them together, in ms. 0 looks without waiting; no bound must be written
 * out: `Infinity`.
 * @throws The first failure, a copy of its own.
 * @throws TimeoutError if there are not enough outcomes in time; it names what is unfinished, and ends only this wait.
 * @throws ReactorThreadError in a reactor thread; TypeError or RangeError for a wrong timeout, for a promise, or for no list.
 */
export function waitAll<const Results extends readonly unknown[]>(results: Results, timeout: number): Combined<Results>
/**
 * Blocks this thread until all results have their values, and returns these in order; or until the first fails. As `Promise.all`.
 *
 * @param results - What is no `EventualResult` counts as its own value.
 * @param timeout - For all of them together, in ms. 0 looks without waiting; no bound must be written out: `Infinity`.
 * @throws The first failure; TimeoutError, ReactorThreadError, TypeError or RangeError.
 */
export function waitAll<T>(results: Iterable<T>, timeout: number): Waited<T>[]
export function waitAll(results: Iterable<unknown>, timeout: number): unknown[] {
  const { entries, decisive } = wait(results, timeout, hasFailed, waitAll)
  const site = (): CallSite => new CallSite(waitAll)
  if (decisive !== undefined) return getOf(decisive, site) as never // throws: it is a failure
  return entries.map((entry) => getOf(entry, site))
}

/**
 * Blocks this thread until every result has its outcome, and returns these in the order of the list. As `Promise.allSettled`.
 *
 * @example
 * ```ts
 * const found = waitAllSettled(hosts.map(lookup), 5_000).filter(({ status }) => status === 'fulfilled')
 * ```
 * @param results - As for {@link waitAll}.
 * @param timeout - As for {@link waitAll}.
 * @throws TimeoutError, ReactorThreadError, TypeError or RangeError, as {@link waitAll}; no failure of a result.
 */
export function waitAllSettled<const Results extends readonly unknown[]>(
  results: Results,
  timeout: number,
): CombinedSettled<Results>
/**
 * Blocks this thread until every result has its outcome, and returns these in order. As `Promise.allSettled`.
 *
 * @param results - As for {@link waitAll}.
 * @param timeout - As for {@link waitAll}.
 * @throws TimeoutError, ReactorThreadError, TypeError or RangeError; no failure of a result.
 */
export function waitAllSettled<T>(results: Iterable<T>, timeout: number): PromiseSettledResult<Waited<T>>[]
export function waitAllSettled(results: Iterable<unknown>, timeout: number): PromiseSettledResult<unknown>[] {
  const { entries } = wait(results, timeout, () => false, waitAllSettled)
  const site = new CallSite(waitAllSettled)
  return entries.map((entry) =>
    hasFailed(entry)
      ? { status: 'rejected', reason: entry.call?.failure(() => site) }
      : { status: 'fulfilled', value: getOf(entry, () => site) },
  )
}

/**
 * Blocks this thread until the first result has its value, and returns that; or until all have failed. As `Promise.any`.
 *
 * The others go on; that they fail, before or after, is no failure that nobody has looked at.
 *
 * @example
 * ```ts
 * const page = waitAny(mirrors.map((mirror) => web.get(mirror)), 10_000)
 * ```
 * @param results - As for {@link waitAll}.
 * @param timeout - As for {@link waitAll}.
 * @throws AggregateError if all have failed, or there are none; its `errors` are in the order of the list.
 * @throws TimeoutError, ReactorThreadError, TypeError or RangeError, as {@link waitAll}.
 */
export function waitAny<T>(results: Iterable<T>, timeout: number): Waited<T> {
  const { entries, decisive } = wait(results, timeout, (entry) => !hasFailed(entry), waitAny)
  const site = new CallSite(waitAny)
  // What the results are of, their types say; what crossed threads has none.
  if (decisive !== undefined) return getOf(decisive, () => site) as Waited<T>
  const errors = entries.map(({ call }) => call?.failure(() => site))
  const why =
    errors.length === 0 ? 'was given no results, so none has a value' : `was given ${errors.length}, and all failed`
  throw showSite(new AggregateError(errors, `waitAny() ${why}`), site)
}

/**
 * Blocks this thread until the first result has its outcome, and returns or throws that. As `Promise.race`.
 *
 * The others go on; that they fail later is no failure that nobody has looked at.
 *
 * @example
 * ```ts
 * const answer = waitRace([cache.get(key), database.get(key)], 1_000)
 * ```
 * @param results - As for {@link waitAll}. If there are none there can't ever be an outcome: that is a `TimeoutError` at once.
 * @param timeout - As for {@link waitAll}.
 * @throws The first outcome, if it is a failure.
 * @throws TimeoutError, ReactorThreadError, TypeError or RangeError, as {@link waitAll}.
 */
export function waitRace<T>(results: Iterable<T>, timeout: number): Waited<T> {
  const { decisive } = wait(results, timeout, () => true, waitRace)
  const site = new CallSite(waitRace)
  if (decisive !== undefined) return getOf(decisive, () => site) as Waited<T> // as in `waitAny`
  throw showSite(new TimeoutError('waitRace() was given no results, so there will never be an outcome'), site)
}

function wait(
  results: Iterable<unknown>,
  timeout: number,
  decides: (entry: Entry) => boolean,
  boundary: Boundary,
): Combination {
  const what = `${boundary.name}()`
  refuseWhereNoneMayWait(() => what)
  const ms = checkTimeout(timeout, () => what)
  const combination = new Combination(results, decides, what)
  const deadline = clock.now() + ms
  if (!combination.sleepUntil(deadline)) {
    throw showSite(combination.timeoutError(what, ms), new CallSite(boundary))
  }
  combination.handleAll()
  return combination
}

/** The value, or throws the failure. */
function getOf({ call, value }: Entry, site: () => CallSite): unknown {
  return call === undefined ? value : call.get(site)
}
