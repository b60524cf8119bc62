import { Piscina } from 'piscina'
import * as clock from '../protocol/clock.js'
import { SEAT, type Seat } from '../protocol/current-task.js'
import { isMoved, unpack } from '../protocol/move.js'
import { fileForThread } from '../protocol/own-file.js'
import { isURL } from '../protocol/realms.js'
import { decodeThrown, isEncodedThrown } from '../protocol/thrown.js'
import { pathOf } from './options.js'
import { QUEUE_OPTIONS, type Submitted, toldToQueue } from './submitted.js'
import { FAILED, type FailedTask, type WholeTask } from './task-result.js'

export type RunOptions = NonNullable<Parameters<Piscina['run']>[1]> & { readonly [SEAT]?: Seat }
type Run = (task: unknown, options?: RunOptions) => Promise<unknown>

const runner = fileForThread('pool/whole-task')

/** The path of what threads run in place of the tasks' own functions; not there in an application that was bundled into files of its own. */
export const RUNNER: string | undefined = runner && pathOf(runner.href)

/** What Piscina's `move()` marks its result with, which has no public name. Without it nothing is transferred, though it can be. */
const [PISCINA_MOVED] = Object.getOwnPropertySymbols(Piscina.move(new ArrayBuffer(0)))

/** What tasks have thrown themselves. */
const thrownByTasks = new WeakSet()

/** Whether threads can be made to run our function. */
export const canRunWhole = RUNNER !== undefined

/** A task as a pool is given it: our function, and what that needs. */
export interface Wrapped {
  readonly whole: WholeTask
  readonly options: RunOptions
  readonly submitted: Submitted
}

/**
 * A task that a thread is to run with our function, which brings a failure back whole, and seats a task that can be cancelled.
 *
 * @param pool - The pool's options.
 * @param isLeft - Whether the pool leaves threads that have failed to load a task's file.
 * @returns `undefined` if what is given is wrong, so that it is Piscina's to refuse.
 */
export function wrap(
  pool: { readonly filename: string | null; readonly name: string },
  task: unknown,
  options: RunOptions = {},
  isLeft = false,
): Wrapped | undefined {
  if (RUNNER === undefined || !isObject(options)) return undefined
  // As for Piscina, only own options count, and null is as good as none.
  const given: RunOptions = Object.assign(Object.create(null), options)
  const filename = hrefOf(given.filename) ?? pool.filename
  const name = given.name ?? pool.name
  const { transferList = [], [SEAT]: seat, ...own } = given
  if (typeof filename !== 'string' || typeof name !== 'string' || !Array.isArray(transferList)) return undefined
  const { value, transfer } = wasMoved(task) ? unpack(task) : { value: task, transfer: [] }
  const transferred = transfer.length === 0 ? transferList : [...transferList, ...transfer]
  const path = pathOf(filename)
  const submitted: Submitted = { path, name, at: clock.shared(), task: value, queueOptions: queueOptionsOf(value) }
  const leaving = isLeft && (transferred.length === 0 || transferred)
  return {
    whole: { filename: path, name, task: value, seat, leaving, [QUEUE_OPTIONS]: toldToQueue(submitted) },
    options: { ...own, filename: RUNNER, name: 'default', transferList: transferred },
    submitted,
  }
}

/** Has a thread of any Piscina run a task whole. */
export async function runWhole(
  run: Run,
  pool: { readonly filename: string | null; readonly name: string },
  task: unknown,
  options: RunOptions = {},
): Promise<unknown> {
  const wrapped = wrap(pool, task, options)
  // What is wrong is Piscina's to refuse.
  if (wrapped === undefined) return run(task, options)
  const result = await run(wrapped.whole, wrapped.options)
  if (isFailedTask(result)) throw thrownBy(result)
  return result
}

/** The same task once more, as the thread has sent it back that has not run it. */
export function again({ whole, options, submitted }: Wrapped, { back }: FailedTask): Wrapped {
  if (back === undefined) return { whole, options, submitted }
  const { task, transferred } = back
  const renewed = { ...submitted, task }
  return {
    whole: { ...whole, task, leaving: transferred, [QUEUE_OPTIONS]: toldToQueue(renewed) },
    // What was transferred to a thread and back is what its list had.
    options: { ...options, transferList: transferred as RunOptions['transferList'] & object },
    submitted: renewed,
  }
}

export function isFailedTask(result: unknown): result is FailedTask {
  return isObject(result) && FAILED in result && isEncodedThrown(result[FAILED])
}

export function thrownBy(failed: FailedTask): unknown {
  const thrown = decodeThrown(failed[FAILED])
  if (isObject(thrown)) thrownByTasks.add(thrown)
  return thrown
}

/** Whether a task threw that itself; and it isn't Piscina's word on what became of the task. */
export function isThrownByTask(thrown: unknown): boolean {
  return !isObject(thrown) || thrownByTasks.has(thrown)
}

function hrefOf(filename: unknown): unknown {
  return isURL(filename) ? filename.href : filename
}

/** Whether it is what `move()` gave, this package's or Piscina's. */
function wasMoved(task: unknown): boolean {
  if (!isObject(task)) return false
  return isMoved(task) || (PISCINA_MOVED !== undefined && Reflect.get(task, PISCINA_MOVED) === true)
}

/** What a task says to the pool's own queue. */
function queueOptionsOf(task: unknown): object | null {
  const options: unknown = isObject(task) ? Reflect.get(task, QUEUE_OPTIONS) : null
  return isObject(options) ? options : null
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
