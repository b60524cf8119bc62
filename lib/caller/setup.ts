import type { ResourceLimits, SHARE_ENV, WorkerOptions } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { AlreadyInUseError, NotSetUpError, ReactorThreadError } from '../errors.js'
import { maxPendingOf, maxUnretrievedOf, storeLimitsOf } from '../protocol/limits.js'
import { checkLogLevel } from '../protocol/logger.js'
import type { ManagedOptions } from '../protocol/managed.js'
import { optionsOf } from '../protocol/options.js'
import { spinOf } from '../protocol/patience.js'
import { shown } from '../protocol/shown.js'
import { type StopOptions, type StopReport, stopOptionsOf } from '../protocol/stop.js'
import { type Managed, thisThread } from '../protocol/thread.js'
import { urlPrefixes } from '../protocol/url-prefixes.js'
import { isReactorThread } from './can-wait.js'
import { isAcceptedByParent } from './connect.js'
import { Forwarding } from './forwarding.js'
import { canStart, ManagedThread } from './managed-thread.js'

/** How the thread of the reactor that `setup()` starts, and the reactor itself, are made. */
export interface SetupOptions extends ManagedOptions {
  /** Node's own options for the reactor's thread. Default: this thread's. */
  execArgv?: string[]
  /** What `process.env` is in the reactor's thread. Default: a copy of this thread's. With Node's `SHARE_ENV`, both have the same. */
  env?: NodeJS.ProcessEnv | typeof SHARE_ENV
  /** How much memory the reactor's thread may use. */
  resourceLimits?: ResourceLimits
}

/** The reactor of this thread, as a plain synchronous program sees it. */
export interface ManagedReactor extends Disposable {
  /**
   * Stops the reactor as `stop()` of `Reactor` does, and blocks until it has stopped. Asking again gives the same report.
   *
   * It ends whatever runs there: a thread whose loop stands still for `drainTimeout` ms, or for 1,000 if that is less, is
   * terminated, be it before it comes to its stop or while it stops; with `Infinity` it never is. Triggers that wait while the
   * loop turns have their timeouts.
   *
   * Pools that were attached are the application's to close: their threads are free now.
   *
   * @throws TypeError or RangeError that names the option that is wrong; ReactorStopped if its thread had ended by itself, or was
   * terminated; ReactorThreadError or AlreadyInUseError if `setup()` did nothing, because the application has a reactor.
   */
  stop(options?: StopOptions): StopReport
  /**
   * Has the threads of a Piscina that this thread made call the same reactor. Attach it right after making it.
   *
   * @returns Disposing it accepts no more threads; those that are connected stay so.
   * @throws AlreadyInUseError if `setup()` did nothing, because the thread's parent has a reactor.
   */
  attach(pool: Piscina): Disposable
}

/**
 * Starts a reactor in a thread of its own, so that this thread may block: for plain synchronous programs. Only the first
 * call in a thread does anything, until that reactor has stopped; and none does in a thread that has a `Reactor`, or whose
 * parent has one: that is the one for its calls.
 *
 * It keeps no process alive. When this thread ends, be it by `process.exit()` or an uncaught exception, the reactor is
 * stopped, so that its triggers and teardowns run; for that it has 2 s.
 *
 * What reactive functions write to standard output and error appears at once, also while this thread is blocked.
 *
 * Beware: the reactor's thread runs all of a module that calls name, or that both sides share. A program that calls as soon as it is
 * loaded belongs in a file of its own.
 *
 * @param options - Of the reactor, and of its thread. Only those of the call that starts it count.
 * @returns A handle on the reactor: to stop it, blocking, or to have a Piscina's threads call it.
 * @throws TypeError or RangeError that names the option that is wrong; NotSetUpError if it was bundled into the application.
 *
 * @example
 * ```ts
 * setup()
 * const prettier = blocking<typeof import('prettier')>(new URL(import.meta.resolve('prettier')), { timeout: 10_000 })
 * const formatted = prettier.format(code, { parser: 'typescript' })
 * ```
 */
export function setup(options: SetupOptions = {}): ManagedReactor {
  const { managed, workerOptions } = checked(options)
  if (isReactorThread()) return HERE
  // The parent may have made its reactor after it started this thread.
  if (thisThread.hasReactorInParent || isAcceptedByParent()) return IN_PARENT
  if (!canStart()) {
    throw new NotSetUpError(
      'setup() does not find the file that the thread of its reactor runs; if the application is bundled, leave rx-crochet out of the bundle',
    )
  }
  // One that was stopped in its own thread takes its time for that.
  if (thisThread.managed?.isStopping && !thisThread.managed.isOver) thisThread.managed.giveWay(managed.stop)
  if (thisThread.managed?.isOver !== false) thisThread.managed = new ManagedThread(managed, workerOptions)
  return handleOf(thisThread.managed)
}

function checked(given: SetupOptions): {
  managed: ManagedOptions & { stop: Required<StopOptions> }
  workerOptions: WorkerOptions
} {
  const options = optionsOf(given, 'setup()')
  const { execArgv, env, resourceLimits, logLevel, allowModule, stop = {} } = options
  checkLogLevel(logLevel)
  checkLimits(resourceLimits)
  const managed = {
    ...storeLimitsOf(options),
    maxPending: maxPendingOf(options),
    maxUnretrieved: maxUnretrievedOf(options),
    spin: spinOf(options),
    stop: stopOptionsOf(stop, 'options.stop'),
  }
  return {
    managed: {
      ...managed,
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(allowModule === undefined ? {} : { allowModule: prefixesThatCross(allowModule) }),
    },
    workerOptions: Object.fromEntries(
      Object.entries({ execArgv, env, resourceLimits }).filter(([, value]) => value !== undefined),
    ),
  }
}

/** As text: neither a function nor a `URL` crosses to the reactor's thread. */
function prefixesThatCross(allowModule: unknown): string[] {
  const option = 'options.allowModule of setup()'
  if (typeof allowModule !== 'function') return urlPrefixes(allowModule, option)
  throw new TypeError(
    `${option} is a function, which can't cross to the reactor's thread; give a list of what the URLs begin with, such as \`['file:', 'node:dns']\``,
  )
}

function checkLimits(limits: ResourceLimits = {}): void {
  for (const [name, limit] of Object.entries(
    optionsOf(limits, 'resourceLimits', 'options.resourceLimits of setup()'),
  )) {
    if (limit === undefined || typeof limit === 'number') continue
    throw new TypeError(`options.resourceLimits.${name} of setup() is \`${shown(limit)}\`; it must be a number`)
  }
}

function handleOf(thread: Managed): ManagedReactor {
  const stop = (options: StopOptions = {}): StopReport => thread.stop(stopOptionsOf(options, 'stop()'))
  return { stop, attach: (pool) => Forwarding.of(pool, thread), [Symbol.dispose]: () => void stop() }
}

/** In a thread whose loop is a reactor. */
const HERE: ManagedReactor = {
  stop: () => {
    throw new ReactorThreadError(
      "stop() of what setup() returned would block the reactor's own thread; `await` stop() of the Reactor, which noSetup() returns",
    )
  },
  attach: (pool) => {
    const [reactor] = thisThread.reactors
    if (reactor !== undefined) return reactor.attach(pool)
    throw new AlreadyInUseError(
      "setup() did nothing, for this thread has a Reactor; that is stopping, so it can't attach a pool; `await` its stop() first",
    )
  },
  [Symbol.dispose]: () => undefined,
}

const NOT_OURS = "setup() did nothing in this thread, for its parent has a Reactor; call that one's own"
/** In a thread whose parent has a reactor. */
const IN_PARENT: ManagedReactor = {
  stop: () => {
    throw new AlreadyInUseError(`${NOT_OURS} stop()`)
  },
  attach: () => {
    throw new AlreadyInUseError(`${NOT_OURS} attach()`)
  },
  [Symbol.dispose]: () => undefined,
}
