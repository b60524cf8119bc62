/**
 * What one thread of the process has: one state, however many modules of this package look at it. It stands here, where
 * both sides may import it, since a thread may have reactors, be a calling thread, or be both.
 *
 * @module
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'
import type { AsyncSubject } from 'rxjs'
import type { FunctionRef } from './function-ref.js'
import type { Hello } from './hello.js'
import type { LogLevel, LogLine } from './logger.js'
import type { LogThreshold } from './memory/log-threshold.js'
import type { ResultHandle } from './result-handle.js'
import type { StopOptions, StopReport } from './stop.js'

/** What a call ends with; exactly one, never changed afterwards. */
export type Outcome =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'failure'; readonly thrown: unknown }
  /** The function ended without a value, and the caller has one for that. */
  | { readonly type: 'empty' }

/** A reactor as code in its own thread calls it: nothing crosses threads, so nothing is copied. */
export interface LocalReactor {
  call(request: LocalRequest, settle: Settle): LocalHandle
  /**
   * Gives a result out of the store: it is as if it had been called here.
   *
   * @throws ResultNotFoundError
   */
  retrieve(uid: string, settle: Settle): LocalHandle
  /**
   * Puts an outcome in the store of results.
   *
   * @param name - The function as messages name it.
   * @throws ReactorStopped
   */
  put(uid: string, name: string, outcome: Outcome): void
  /** What is less severe is not logged. */
  logLevel: LogLevel
  /** From now on another thread sets that. */
  goBy(threshold: LogThreshold): void
  /** Accepts calls of a pool's, a worker's, or the parent's thread. */
  attach(source: object): Disposable
  /** This thread ends: every thread that sleeps in a call wakes. */
  abandon(): void
}

/** Called once, maybe before there is a handle; never again after the call was cancelled or stashed. */
export type Settle = (outcome: Outcome, delivery: Delivery) => void

/** What the code that made a call may do with it, until it has its outcome. */
export interface LocalHandle {
  /** The function as messages name it. */
  readonly name: string
  cancel(reason: Error): void
  /**
   * Hands it to the store of results.
   *
   * @param defaultValue - Its outcome if the function ends without a value.
   */
  stash(uid: string, defaultValue: unknown): void
}

export interface LocalRequest {
  readonly ref: FunctionRef
  readonly args: readonly unknown[]
  /** Whether the caller has a value for a function that ends without one. */
  readonly hasDefault: boolean
}

/** What becomes of a failure that was given to its caller: the reactor logs those that nobody retrieves. */
export interface Delivery {
  /** It was looked at, for the first time. */
  retrieved(): void
  /** Nobody is left who could look at it. */
  lost(): void
}

/** Any function; what its arguments must be is between its author and its callers. */
export type AnyFunction = (...args: never[]) => unknown

/** One evaluation of a module that gave functions to `runInReactor` or `waitFor`. */
export interface SharedModule {
  readonly meta: ImportMeta
  readonly functions: Map<string, AnyFunction>
}

/** A module that reactors of this thread import for calling threads. */
export interface ModuleImport {
  /** What the first attempt that succeeded gave, and under which URL. */
  loaded: { readonly url: string; readonly exports: object } | undefined
  /** The attempt that began last, unless it has failed. Emits the exports when the module is loaded, by whichever attempt. */
  latest: AsyncSubject<object> | undefined
  /** The URLs of attempts that have neither succeeded nor failed. */
  readonly underWay: Set<string>
  /** How many have begun. */
  attempts: number
}

/** The ear that a reactor has on a pool or worker. */
export interface Ear {
  /** Whether its reactor accepts calls; a stopped one only tells threads that it has stopped. */
  readonly isLive: boolean
  /** Another reactor attaches the pool or worker: that of a stopped one ends. */
  giveWay(): void
  /** Every thread of the pool that sleeps in a call looks again why: its task was cancelled. */
  wakeThreads(): void
}

/** How a thread asks for a reactor. */
export interface Route {
  /** Whether the reactor's thread may end while this one lives. */
  readonly mayDie: boolean
  ask(hello: Hello): void
}

/** Options by name, those of `stop` and `resourceLimits` too: `stop.grace`. */
export type Settings = Readonly<Record<string, unknown>>

/** The reactor that this thread has started in a thread of its own. */
export interface Managed extends Route {
  /** What its reactor and its thread were made with. */
  readonly settings: Settings
  /** What its log doesn't write is less severe. */
  logLevel: LogLevel
  /** Whether it has ended, as far as is known. */
  readonly isOver: boolean
  /** Whether it is about to. */
  readonly isStopping: boolean
  /**
   * Blocks until it has stopped.
   *
   * @throws ReactorStopped if its thread had ended before, or had to be terminated.
   */
  stop(options: Required<StopOptions>): StopReport
  /** Blocks until it is over, for another one takes its place; never throws. */
  giveWay(options: Required<StopOptions>): void
}

/** The key of Node's environment data by which a thread tells those that it starts that it has a reactor. */
export const REACTOR_IN_PARENT = 'rx-crochet: reactor'

/** The key of Node's environment data by which a thread tells those of a pool of which file they are. */
export const POOL_FILES = 'rx-crochet: files of pools'

/** The key of Node's environment data by which a thread tells those of its pools that a reactor made the pool. */
export const OF_REACTOR = 'rx-crochet: pool of a reactor'

/** Where a reactor's lines go; never throws. */
export interface LineWriter {
  write(line: LogLine): void
}

/** Who is told of the tasks of a thread whose tasks are all known. */
export interface TaskListener {
  /** There is none, and one begins. */
  begin(): void
  /** The last that was there has ended. */
  ended(): void
}

interface ThreadState {
  /** This thread's reactors that take calls, oldest first: those that have not interrupted their calls. */
  readonly reactors: LocalReactor[]
  /** The logs of this thread's reactors that have not stopped, oldest first. */
  readonly logs: LineWriter[]
  /** While a reactor's logger has a line: what it writes to `console` is no line of its own. */
  isWritingLine: boolean
  /**
   * Whether this thread has a reactor that has not stopped. Until then its loop must not be blocked: what is left of the
   * shutdown needs it.
   */
  readonly isReactorThread: boolean
  /** Whether this thread ever had a reactor. */
  hasHadReactor: boolean
  /** Whether the thread that started this one had a reactor then: its environment data say so, which are inherited. */
  readonly hasReactorInParent: boolean
  /** Whether it is of a pool of `createPool`: then it has a reactor, which accepts it as soon as its loop comes to that. */
  readonly isOfReactor: boolean
  /** The paths of the files of those pools of `createPool` that this thread is of, or descends from. */
  readonly poolFiles: ReadonlySet<string>
  /** What `setup()` has started. */
  managed: Managed | undefined
  /** By the URL under which the module was evaluated. */
  readonly sharedModules: Map<string, SharedModule>
  /** By the module's URL. */
  readonly imports: Map<string, ModuleImport>
  /** By the pool or worker; one at a time, for a thread's request for a connection has one answer. */
  readonly attachments: WeakMap<object, Ear>
  /** By name: what the application registered. */
  readonly errorClasses: Map<string, abstract new (...args: never[]) => Error>
  /** To be told of the tasks of this thread, if it calls a reactor. */
  tasks: TaskListener | undefined
  /** How many streams this thread has that have not ended. */
  openStreams: number
  /** Makes the handle on a result of a reactor of this thread; the calling side has its class. */
  retrieve: ((reactor: LocalReactor, uid: string) => ResultHandle<unknown>) | undefined
  /** What is called when the process exits. */
  readonly flushes: Set<() => void>
  readonly signals: {
    /** Who stops when that signal comes. */
    readonly listening: Map<string, Set<object>>
    /** Who is stopping for one; the last of them to stop ends the process. */
    readonly stopping: Set<object>
  }
}

export const thisThread: ThreadState = {
  reactors: [],
  logs: [],
  isWritingLine: false,
  get isReactorThread() {
    return this.logs.length > 0
  },
  hasHadReactor: false,
  hasReactorInParent: !isMainThread && getEnvironmentData(REACTOR_IN_PARENT) === true,
  isOfReactor: !isMainThread && getEnvironmentData(OF_REACTOR) === true,
  poolFiles: new Set(inheritedPoolFiles()),
  managed: undefined,
  sharedModules: new Map(),
  imports: new Map(),
  attachments: new WeakMap(),
  errorClasses: new Map(),
  tasks: undefined,
  openStreams: 0,
  retrieve: undefined,
  flushes: new Set(),
  signals: { listening: new Map(), stopping: new Set() },
}

// The parent of the threads that this one starts is this one.
if (!isMainThread) {
  setEnvironmentData(REACTOR_IN_PARENT, undefined)
  setEnvironmentData(OF_REACTOR, undefined)
}

function inheritedPoolFiles(): string[] {
  const files: unknown = isMainThread ? undefined : getEnvironmentData(POOL_FILES)
  return Array.isArray(files) ? files.map(String) : []
}
