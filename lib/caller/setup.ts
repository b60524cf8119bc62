import { isDeepStrictEqual } from 'node:util'
import { type ResourceLimits, type SHARE_ENV, type WorkerOptions, workerData } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { AlreadyInUseError, NotSetUpError, ReactorStopped, ReactorThreadError } from '../errors.js'
import { maxPendingOf, maxUnretrievedOf, storeLimitsOf } from '../protocol/limits.js'
import { checkLogLevel, DEFAULT_LOG_LEVEL, type LogLevel } from '../protocol/logger.js'
import { isManagedData, type ManagedOptions } from '../protocol/managed.js'
import { optionsOf } from '../protocol/options.js'
import { spinOf } from '../protocol/patience.js'
import { shown } from '../protocol/shown.js'
import { type StopOptions, type StopReport, stopOptionsOf } from '../protocol/stop.js'
import { type LocalReactor, type Managed, type Settings, thisThread } from '../protocol/thread.js'
import { urlPrefixes } from '../protocol/url-prefixes.js'
import { isReactorThread } from './can-wait.js'
import { isAcceptedByParent } from './connect.js'
import { Forwarding } from './forwarding.js'
import { logger } from './logger.js'
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
   * What is less severe than this is not logged; save what `captureConsole()` has captured. It may be changed at any time, and counts from
   * the next line on.
   *
   * @throws TypeError if it is set to what is no level; AlreadyInUseError or ReactorStopped if `setup()` did nothing, and that reactor is
   * another thread's, or is stopping.
   */
  logLevel: LogLevel
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
 * @param options - Of the reactor, and of its thread. Only those of the call that starts it count; others are named by a warning in the
 * log.
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
  const { managed, workerOptions, settings, given } = checked(options)
  if (isReactorThread()) {
    // A module that a managed reactor's thread loads too says there what it has said where that was started.
    if (!isManagedData(workerData)) warnOfOptions(given, 'this thread has a Reactor')
    return HERE
  }
  // The parent may have made its reactor after it started this thread.
  if (thisThread.hasReactorInParent || isAcceptedByParent()) return IN_PARENT
  if (!canStart()) {
    throw new NotSetUpError(
      'setup() does not find the file that the thread of its reactor runs; if the application is bundled, leave rx-crochet out of the bundle',
    )
  }
  // One that was stopped in its own thread takes its time for that.
  if (thisThread.managed?.isStopping && !thisThread.managed.isOver) thisThread.managed.giveWay(managed.stop)
  const present = thisThread.managed
  if (present?.isOver !== false) {
    thisThread.managed = new ManagedThread(managed, workerOptions, settings)
    return handleOf(thisThread.managed)
  }
  const others = given.filter((name) => !isDeepStrictEqual(settings[name], present.settings[name]))
  warnOfOptions(others, 'an earlier call of it, with others, has started the reactor')
  return handleOf(present)
}

function checked(given: SetupOptions): {
  managed: ManagedOptions & { stop: Required<StopOptions> }
  workerOptions: WorkerOptions
  settings: Settings
  /** Which of the settings were given. */
  given: readonly string[]
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
  const prefixes = allowModule === undefined ? undefined : prefixesThatCross(allowModule)
  const all = {
    ...managed,
    allowModule: prefixes,
    logLevel: logLevel ?? DEFAULT_LOG_LEVEL,
    execArgv,
    env,
    resourceLimits,
  }
  return {
    settings: flat(all),
    given: Object.entries(flat(options)).flatMap(([name, value]) => (value === undefined ? [] : [name])),
    managed: {
      ...managed,
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(prefixes === undefined ? {} : { allowModule: prefixes }),
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

/** One by one, also of those that have options of their own. */
function flat({ stop, resourceLimits, ...others }: { [Name in keyof SetupOptions]: unknown }): Settings {
  const inner = (of: string, settings: unknown): [string, unknown][] =>
    Object.entries(Object(settings)).map(([name, value]) => [`${of}.${name}`, value])
  return Object.fromEntries([
    ...Object.entries(others),
    ...inner('stop', stop),
    ...inner('resourceLimits', resourceLimits),
  ])
}

function warnOfOptions(names: readonly string[], why: string): void {
  if (names.length === 0) return
  const shown = names.map((name) => `\`${name}\``).join(', ')
  logger().warn(`Options of setup() had no effect: ${shown}; ${why}`)
}

function checkLimits(limits: ResourceLimits = {}): void {
  for (const [name, limit] of Object.entries(
    optionsOf(limits, 'resourceLimits', 'options.resourceLimits of setup()'),
  )) {
    if (limit === undefined || typeof limit === 'number') continue
    throw new TypeError(`options.resourceLimits.${name} of setup() is \`${shown(limit)}\`; it must be a number`)
  }
}

/** @param thread - Started by whichever call. */
function handleOf(thread: Managed): ManagedReactor {
  const stop = (options: StopOptions = {}): StopReport => thread.stop(stopOptionsOf(options, 'stop()'))
  return {
    stop,
    attach: (pool) => Forwarding.of(pool, thread),
    get logLevel() {
      return thread.logLevel
    },
    set logLevel(level) {
      thread.logLevel = level
    },
    [Symbol.dispose]: () => void stop(),
  }
}

/** In a thread whose loop is a reactor. */
const HERE: ManagedReactor = {
  stop: () => {
    throw new ReactorThreadError(
      "stop() of what setup() returned would block the reactor's own thread; `await` stop() of the Reactor, which noSetup() returns",
    )
  },
  get logLevel() {
    return reactorHere().logLevel
  },
  set logLevel(level) {
    reactorHere().logLevel = level
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

/** @throws ReactorStopped */
function reactorHere(): LocalReactor {
  const [reactor] = thisThread.reactors
  if (reactor !== undefined) return reactor
  throw new ReactorStopped("logLevel of what setup() returned is that of this thread's Reactor, which is stopping")
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
  get logLevel(): LogLevel {
    throw new AlreadyInUseError(`${NOT_OURS} logLevel`)
  },
  set logLevel(_level) {
    throw new AlreadyInUseError(`${NOT_OURS} logLevel`)
  },
  [Symbol.dispose]: () => undefined,
}
