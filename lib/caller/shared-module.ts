import type { FunctionRef } from '../protocol/function-ref.js'
import { propertyOf } from '../protocol/reading.js'
import { defineShared } from '../protocol/shared-functions.js'
import { shown } from '../protocol/shown.js'
import type { AnyFunction } from '../protocol/thread.js'
import type { CallOptions } from './call.js'
import { callBlocking } from './call-blocking.js'
import { EventualResult } from './eventual-result.js'
import { makeCall } from './make-call.js'
import { callOptionsOf } from './options.js'
import type { BlockingOptions } from './service.js'
import { checkTimeout } from './timeout.js'
import type { Blocking, Eventual } from './types.js'

/** A wrapper, and the function it wraps, for tests and for code in the reactor. */
export type Wrapper<Call, Fn> = Call & {
  /** The function itself: calling it makes no call to the reactor, but runs it here. */
  readonly wrapped: Fn
}

/**
 * Makes a function of a module that both sides import run in the reactor. Calling it returns an {@link EventualResult}
 * at once. Crochet's `@run_in_reactor`.
 *
 * In a calling thread the reactor imports the module and runs its copy of the function; in a reactor thread the function
 * runs on the thread's oldest live reactor. Every copy is found by the module's URL and the function's name.
 *
 * @example
 * ```ts
 * export const refresh = runInReactor(import.meta, function refresh() { return cache.refresh$ })
 * ```
 * @param meta - The module's `import.meta`.
 * @param fn - A named function, exported or not; it is `.wrapped`.
 * @throws DefinitionError if the function has no name, or the module has one of that name already.
 */
export function runInReactor<Fn extends AnyFunction>(meta: ImportMeta, fn: Fn): Wrapper<Eventual<Fn>, Fn>
/**
 * As {@link runInReactor} without options: makes a function of a module that both sides import run in the reactor.
 *
 * @param meta - The module's `import.meta`.
 * @param options - What to do where the function ends without a value, and how long a thread waits to be accepted.
 * @param fn - A named function; it is `.wrapped`.
 * @throws DefinitionError, TypeError or RangeError, at definition.
 */
export function runInReactor<Fn extends AnyFunction>(
  meta: ImportMeta,
  options: CallOptions,
  fn: Fn,
): Wrapper<Eventual<Fn>, Fn>
export function runInReactor<Fn extends AnyFunction>(
  meta: ImportMeta,
  ...rest: [fn: Fn] | [options: CallOptions, fn: Fn]
): Wrapper<Eventual<Fn>, Fn> {
  const [options, fn] = rest.length === 1 ? [{}, rest[0]] : rest
  const own = callOptionsOf(options, 'runInReactor')
  return wrap(
    meta,
    'runInReactor',
    fn,
    (ref, args) => new EventualResult(makeCall(ref, args, own, Number.POSITIVE_INFINITY)),
  )
}

/**
 * As {@link runInReactor}, but calling it blocks this thread until there is a value. Crochet's `@wait_for`.
 *
 * @example
 * ```ts
 * export const lookup = waitFor(import.meta, { timeout: 5_000 }, function lookup(host: string) {
 *   return defer(() => promises.lookup(host))
 * })
 * ```
 * @param meta - The module's `import.meta`.
 * @param options - `timeout`, in ms, must be there. A call that has no outcome by then is cancelled, and throws `TimeoutError`.
 * @param fn - A named function; it is `.wrapped`.
 * @throws DefinitionError, TypeError or RangeError, at definition. In a reactor thread each call throws ReactorThreadError.
 */
export function waitFor<Fn extends AnyFunction>(
  meta: ImportMeta,
  options: BlockingOptions,
  fn: Fn,
): Wrapper<Blocking<Fn>, Fn> {
  const own = callOptionsOf(options, 'waitFor')
  const timeout = checkTimeout(own.timeout, () => 'waitFor()')
  return wrap(meta, 'waitFor', fn, (ref, args, wrapper) => callBlocking(ref, args, own, timeout, wrapper))
}

/** A function of a module that both sides import, as its callers have it. */
export function wrap<Wrapped>(
  meta: ImportMeta,
  verb: string,
  fn: AnyFunction,
  call: (ref: FunctionRef, args: readonly unknown[], wrapper: AnyFunction) => unknown,
): Wrapped {
  if (typeof fn !== 'function') throw new TypeError(`${verb}() takes a function last; it was given \`${shown(fn)}\``)
  if (typeof propertyOf(meta, 'url') !== 'string') {
    throw new TypeError(
      `${verb}() takes the module's \`import.meta\` first; it was given \`${shown(meta)}\`; a CommonJS module has none, so let \`blocking\` or \`eventual\` name it by its URL`,
    )
  }
  const ref: FunctionRef = { in: 'shared module', ...defineShared(meta, fn) }
  const wrapper = (...args: unknown[]): unknown => call(ref, args, wrapper)
  // The wrapper looks like what it wraps. Its type says what `call` does, which only the two verbs know.
  return Object.defineProperties(wrapper, {
    name: { value: ref.name, configurable: true },
    length: { value: fn.length, configurable: true },
    wrapped: { value: fn, enumerable: true },
  }) as Wrapped
}
