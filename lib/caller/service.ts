import { describe, describeOwner, type FunctionRef } from '../protocol/function-ref.js'
import { isNoCall } from '../protocol/no-call.js'
import { isURL } from '../protocol/realms.js'
import { shown } from '../protocol/shown.js'
import type { AnyFunction } from '../protocol/thread.js'
import type { CallOptions } from './call.js'
import { callBlocking } from './call-blocking.js'
import { EventualResult } from './eventual-result.js'
import { faceOf } from './face.js'
import { makeCall } from './make-call.js'
import { callOptionsOf } from './options.js'
import { checkTimeout } from './timeout.js'
import type { BlockingService, EventualService, UntypedService } from './types.js'

/** How calls are made that block the thread, and how long they may. */
export interface BlockingOptions extends CallOptions {
  /** The longest time to wait for each call, in ms, after which it is cancelled. At least 0; no bound must be written out: `Infinity`. */
  timeout: number
}

/**
 * A service of the reactor, each of whose functions returns an {@link EventualResult} at once. Crochet's `@run_in_reactor`.
 *
 * Any name may be asked for; that there is no such function the reactor says, as the call's outcome. Names that `await`, loggers
 * and snapshots ask for are no calls: `then`, `toJSON`, `asymmetricMatch`, `hasAttribute`, `_isMockFunction`; what begins with `__`,
 * `@@`, `$$` or `fantasy-land/`; and what each object has, as `constructor`. Logged, a service is a text such as `eventual('dns')`.
 *
 * @example
 * ```ts
 * const lookups = eventual<typeof dns>('dns')
 * const answers = hosts.map((host) => lookups.lookup(host))
 * const addresses = answers.map((answer) => answer.wait(5_000))
 * ```
 * @param service - A name given to `expose()`, or the URL of a module whose exported functions the reactor runs.
 * @param options - What to do where a function ends without a value, and how long a thread waits to be accepted.
 * @typeParam Service - The exposed object's type, or `typeof import('./module.js')`.
 * @throws TypeError if the service is neither. Its functions throw ArgumentNotCloneableError for arguments that can't be sent, and
 * NotSetUpError in a main thread without a reactor; all else is the outcome of the call.
 */
export function eventual<Service extends object = UntypedService>(
  service: string | URL,
  options: CallOptions = {},
): EventualService<Service> {
  const own = callOptionsOf(options, 'eventual')
  return serviceOf(
    service,
    'eventual',
    (ref, args) => new EventualResult(makeCall(ref, args, own, Number.POSITIVE_INFINITY)),
  )
}

/**
 * A service of the reactor, each of whose functions blocks this thread until it has its value. Crochet's `@wait_for`.
 *
 * @example
 * ```ts
 * const sync = blocking<typeof dns>('dns', { timeout: 5_000 })
 * const { address } = sync.lookup('example.org')
 * ```
 * @param service - As for {@link eventual}.
 * @param options - `timeout` must be there. A call that has no outcome by then is cancelled, and throws `TimeoutError`.
 * @typeParam Service - The exposed object's type, or `typeof import('./module.js')`.
 * @throws TypeError or RangeError if the service or the timeout is none. Its functions throw what the reactor's throw; TimeoutError; and
 * ReactorStopped, CancelledError, EmptyError, ReactorThreadError, NotSetUpError, NotAttachedError, UnknownFunctionError, and others
 * that extend `RxCrochetError`.
 */
export function blocking<Service extends object = UntypedService>(
  service: string | URL,
  options: BlockingOptions,
): BlockingService<Service> {
  const own = callOptionsOf(options, 'blocking')
  const timeout = checkTimeout(own.timeout, () => `blocking(${shown(service)})`)
  return serviceOf(service, 'blocking', (ref, args, fn) => callBlocking(ref, args, own, timeout, fn))
}

/** An object that has a function for every name that is a call: which of them there are, only the reactor knows. */
export function serviceOf<Service extends object>(
  service: string | URL,
  verb: string,
  call: (ref: FunctionRef, args: readonly unknown[], fn: AnyFunction) => unknown,
): Service {
  const at = locate(service, verb)
  const functions = new Map<string, (...args: unknown[]) => unknown>()
  const get = (face: object, name: string | symbol): unknown => {
    if (typeof name === 'symbol' || isNoCall(name)) return Reflect.get(face, name)
    const known = functions.get(name)
    if (known !== undefined) return known
    const ref: FunctionRef = { ...at, name }
    const fn = (...args: unknown[]): unknown => call(ref, args, fn)
    // For who looks at it.
    Object.defineProperty(fn, 'name', { value: describe(ref), configurable: true })
    functions.set(name, fn)
    return fn
  }
  // The type is the user's to give: what the functions take and return, the reactor's code says.
  return new Proxy(faceOf(`${verb}(${describeOwner(at)})`), { get }) as Service
}

function locate(service: string | URL, verb: string): { in: 'service' | 'module'; of: string } {
  if (isURL(service)) return { in: 'module', of: service.href }
  if (typeof service === 'string' && service !== '') return { in: 'service', of: service }
  throw new TypeError(
    `${verb}() takes the name of an exposed service, or a module's URL; it was given \`${shown(service)}\``,
  )
}
