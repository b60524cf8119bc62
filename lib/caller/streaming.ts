import { describe, type FunctionRef } from '../protocol/function-ref.js'
import { shown } from '../protocol/shown.js'
import { isBuffer, MOST_BUFFERED, OVERFLOWS, type Overflow, TAKES, type Take } from '../protocol/stream-plan.js'
import type { AnyFunction } from '../protocol/thread.js'
import { refuseWhereNoneMayWait } from './can-wait.js'
import { connect } from './connect.js'
import { callOptionsOf } from './options.js'
import { serviceOf } from './service.js'
import { type Wrapper, wrap } from './shared-module.js'
import { StreamCall, type StreamSettings } from './stream-call.js'
import { StreamingResult } from './streaming-result.js'
import { checkTimeout } from './timeout.js'
import type { Buffered, BufferedService, Streaming, StreamingService, UntypedService } from './types.js'

/** How a thread reads a stream. */
export interface StreamingOptions {
  /** The longest time to wait for each value, in ms, after which the call is cancelled. At least 0; no bound must be written out: `Infinity`. */
  timeout: number
  /** How many values may wait for the thread. 1 to 2^30; default 1,024. */
  buffer?: number
  /**
   * What becomes of a value of an Observable for which there is no room: it ends the stream in `BufferOverflowError` (`'error'`, the
   * default), it takes the place of the oldest one that waits (`'drop-oldest'`), or it is dropped itself (`'drop-newest'`). Iterators
   * and async iterables are asked for no more than there is room for, so they drop nothing.
   */
  overflow?: Overflow
  /**
   * What a step gives of the values that wait: each in its turn (`'each'`, the default); the newest alone, for which older ones are
   * dropped and never overflow (`'latest'`); or all of them, as an array (`'buffered'`).
   */
  take?: Take
  /**
   * How long, in ms, a thread's first calls wait for a reactor to accept the thread. At least 0; default 5,000, and as long as the call
   * itself in pools of `createPool`, whose reactor is there.
   */
  connectTimeout?: number
}

type GivesArrays = StreamingOptions & { take: 'buffered' }
type GivesValues = StreamingOptions & { take?: 'each' | 'latest' }

const DEFAULT_BUFFER = 1_024

/**
 * A service of the reactor, each of whose functions returns a blocking iterator over all values of what the function returns: an
 * Observable, an async iterable, or a generator; of a promise or a plain value it is the one.
 *
 * The call is made at once. Async iterables and generators are asked for values as the thread reads them, never more than
 * `buffer` ahead, and run their `finally` when the thread leaves.
 *
 * @example
 * ```ts
 * const ticks = streaming<typeof prices>('prices', { timeout: 5_000 })
 * for (const tick of ticks.of('EURUSD')) record(tick)
 * ```
 * @param service - As for `eventual`.
 * @param options - `timeout` must be there.
 * @throws TypeError or RangeError if the service or an option is none. In a reactor thread each call throws ReactorThreadError.
 * @see StreamingResult
 */
export function streaming<Service extends object = UntypedService>(
  service: string | URL,
  options: GivesValues,
): StreamingService<Service>
/**
 * A service of the reactor, each of whose functions returns a blocking iterator over all values of what the function returns, and
 * gives at each step an array of all that wait.
 *
 * @param service - As for `eventual`.
 * @param options - `timeout` must be there.
 * @throws TypeError or RangeError if the service or an option is none. In a reactor thread each call throws ReactorThreadError.
 */
export function streaming<Service extends object = UntypedService>(
  service: string | URL,
  options: GivesArrays,
): BufferedService<Service>
export function streaming(service: string | URL, options: StreamingOptions): object {
  const open = opener(options, 'streaming', () => `streaming(${shown(service)})`)
  return serviceOf(service, 'streaming', open)
}

/**
 * As {@link streaming}, for a function of a module that both sides import, as `waitFor` is for `blocking`.
 *
 * @example
 * ```ts
 * export const ticks = iterate(import.meta, { timeout: 5_000 }, function ticks(pair: string) {
 *   return market.pipe(filter((tick) => tick.pair === pair))
 * })
 * ```
 * @param meta - The module's `import.meta`.
 * @param options - As for {@link streaming}; `timeout` must be there.
 * @param fn - A named function; it is `.wrapped`.
 * @throws DefinitionError, TypeError or RangeError, at definition. In a reactor thread each call throws ReactorThreadError.
 */
export function iterate<Fn extends AnyFunction>(
  meta: ImportMeta,
  options: GivesValues,
  fn: Fn,
): Wrapper<Streaming<Fn>, Fn>
/**
 * As {@link streaming} with `take: 'buffered'`, for a function of a module that both sides import.
 *
 * @param meta - The module's `import.meta`.
 * @param options - `timeout` must be there.
 * @param fn - A named function; it is `.wrapped`.
 * @throws DefinitionError, TypeError or RangeError, at definition. In a reactor thread each call throws ReactorThreadError.
 */
export function iterate<Fn extends AnyFunction>(
  meta: ImportMeta,
  options: GivesArrays,
  fn: Fn,
): Wrapper<Buffered<Fn>, Fn>
export function iterate(meta: ImportMeta, options: StreamingOptions, fn: AnyFunction): unknown {
  return wrap(
    meta,
    'iterate',
    fn,
    opener(options, 'iterate', () => 'iterate()'),
  )
}

/** Checks the options; gives what makes a call. */
function opener(given: StreamingOptions, verb: 'streaming' | 'iterate', where: () => string) {
  const options = callOptionsOf(given, verb)
  const timeout = checkTimeout(options.timeout, where)
  const settings = checkSettings(options, verb)
  // Nothing of how other calls end is for streams, were it given.
  const { connectTimeout } = options
  const callOptions = connectTimeout === undefined ? {} : { connectTimeout }
  return (ref: FunctionRef, args: readonly unknown[]): StreamingResult<unknown> => {
    const what = (): string => `${describe(ref)}()`
    refuseWhereNoneMayWait(what)
    return new StreamingResult(
      new StreamCall(connect(callOptions, what), ref, args, callOptions, settings, timeout),
      timeout,
    )
  }
}

/** @throws TypeError or RangeError that names the option. */
function checkSettings(
  { buffer = DEFAULT_BUFFER, overflow = 'error', take = 'each' }: StreamingOptions,
  verb: string,
): StreamSettings {
  if (typeof buffer !== 'number') {
    throw new TypeError(`options.buffer of ${verb}() is \`${shown(buffer)}\`; it must be a number`)
  }
  if (!isBuffer(buffer)) {
    throw new RangeError(
      `options.buffer of ${verb}() is \`${buffer}\`; it must be a whole number from 1 to ${MOST_BUFFERED}`,
    )
  }
  checkOneOf(OVERFLOWS, overflow, `options.overflow of ${verb}()`)
  checkOneOf(TAKES, take, `options.take of ${verb}()`)
  return { buffer, overflow, take }
}

function checkOneOf(known: readonly string[], given: unknown, what: string): void {
  if (known.some((one) => one === given)) return
  throw new RangeError(`${what} is \`${shown(given)}\`; it must be one of '${known.join("', '")}'`)
}
