/**
 * Which options there are, and what takes them. All of them in one place, so that one given to the wrong call can be told where
 * it belongs.
 *
 * @module
 */

const LIMITS = ['maxPending', 'maxUnretrieved', 'maxStashed', 'stashTtl', 'spin', 'logLevel', 'stop'] as const
const REACTOR = [...LIMITS, 'logger', 'scheduler', 'allowModule', 'signals'] as const
const CALLS = ['defaultValue', 'connectTimeout', 'roomTimeout'] as const
const STREAMS = ['timeout', 'buffer', 'overflow', 'take', 'connectTimeout'] as const
const TASKS = ['name', 'filename', 'grace', 'buffer'] as const

/** By what takes them, as messages name it. */
export const OPTION_NAMES = {
  'new Reactor()': REACTOR,
  'setup()': [...LIMITS, 'allowModule', 'execArgv', 'env', 'resourceLimits'],
  'stop()': ['grace', 'drainTimeout'],
  'onShutdown()': ['timeout'],
  'blocking()': ['timeout', ...CALLS],
  'waitFor()': ['timeout', ...CALLS],
  'eventual()': CALLS,
  'runInReactor()': CALLS,
  'streaming()': STREAMS,
  'iterate()': STREAMS,
  'stash()': ['timeout'],
  'retrieveResult()': ['timeout'],
  'emitting()': ['timeout'],
  'fromPool()': TASKS,
  'offload()': [...TASKS, 'concurrency', 'ordered'],
  // Those of Piscina 5.3.
  'createPool()': [
    'filename',
    'name',
    'minThreads',
    'maxThreads',
    'idleTimeout',
    'maxQueue',
    'concurrentTasksPerWorker',
    'atomics',
    'resourceLimits',
    'argv',
    'execArgv',
    'env',
    'workerData',
    'taskQueue',
    'niceIncrement',
    'trackUnmanagedFds',
    'closeTimeout',
    'recordTiming',
    'stricterFIFO',
    'loadBalancer',
    'workerHistogram',
  ],
  // Node's own.
  resourceLimits: ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** What takes options. */
export type OptionTaker = keyof typeof OPTION_NAMES
