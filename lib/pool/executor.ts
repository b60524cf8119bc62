import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { isPiscina } from '../protocol/piscina.js'
import { propertyOf } from '../protocol/reading.js'
import { shown } from '../protocol/shown.js'
import { milliseconds } from '../protocol/stop.js'
import { canRunWhole } from './run-whole.js'

/** What an executor is told of a task, besides the task. */
export interface ExecutorOptions {
  /** Fires when nobody wants the result any more. */
  signal?: AbortSignal
  /** Which of the exports of the file is to run. */
  name?: string
  /** The file with the tasks' functions. */
  filename?: string
}

/** What runs tasks: a Piscina, or anything with its `run`. */
export interface Executor<Task, Result> {
  /** Runs a task; rejects with what it throws. */
  run(task: Task, options?: ExecutorOptions): PromiseLike<Result>
}

/** How a task is run, and ended. */
export interface TaskOptions {
  /** Which of the exports of the file is to run. Default: the pool's. */
  name?: string
  /** The file with the tasks' functions. Default: the pool's. */
  filename?: string
  /**
   * How long, in ms, a cancelled task may take to come to its end, before its thread is terminated. At least 0; default 1,000;
   * `Infinity`: it never is.
   */
  grace?: number
  /** How many emitted values may wait between an `emitting` task and this thread. 1 to 2^30; default 1,024. */
  buffer?: number
}

/** The same, complete and checked. */
export interface TaskSettings {
  readonly grace: number
  readonly buffer: number
  /** For the executor. */
  readonly run: { readonly name?: string; readonly filename?: string }
}

const DEFAULT_GRACE = 1_000
const DEFAULT_BUFFER = 1_024
const LARGEST_BUFFER = 2 ** 30

/** @throws TypeError or RangeError that names what is wrong. */
export function taskSettings(pool: unknown, options: TaskOptions, verb: string): TaskSettings {
  if (typeof propertyOf(pool, 'run') !== 'function') {
    throw new TypeError(
      `${verb}() takes a Piscina, or something else with its \`run\`; it was given \`${shown(pool)}\``,
    )
  }
  const { grace = DEFAULT_GRACE, buffer = DEFAULT_BUFFER } = options
  return {
    grace: milliseconds(`options.grace of ${verb}()`, grace),
    buffer: wholeNumber(`options.buffer of ${verb}()`, buffer, LARGEST_BUFFER),
    run: { ...text('name', options.name, verb), ...text('filename', options.filename, verb) },
  }
}

/** @throws TypeError or RangeError that names the option. */
export function wholeNumber(option: string, value: unknown, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${option} is \`${shown(value)}\`; it must be a number`)
  if ((Number.isInteger(value) || value === most) && value >= 1 && value <= most) return value
  throw new RangeError(`${option} is \`${value}\`; it must be a whole number, at least 1`)
}

/** How many tasks it is worth to give an executor at once. */
export function threadsOf(pool: unknown): number {
  const threads = propertyOf(propertyOf(pool, 'options'), 'maxThreads')
  return typeof threads === 'number' && threads >= 1 ? threads : availableParallelism()
}

/** Whether its threads can be made to run our function: those of a Piscina, be it of another copy, in this process. */
export function canSeatTasks(pool: object, { filename }: TaskSettings['run']): pool is Piscina {
  return canRunWhole && isPiscina(pool) && typeof (filename ?? pool.options?.filename) === 'string'
}

function text<Key extends string>(key: Key, value: unknown, verb: string): { [key in Key]?: string } {
  if (value === undefined) return {}
  if (typeof value !== 'string')
    throw new TypeError(`options.${key} of ${verb}() is \`${shown(value)}\`; it must be a string`)
  // An object literal with a computed key has no type of its own.
  return { [key]: value } as { [key in Key]?: string }
}
