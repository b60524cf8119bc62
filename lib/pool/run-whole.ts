import { Piscina } from 'piscina'
import { SEAT, type Seat } from '../protocol/current-task.js'
import { isMoved, unpack } from '../protocol/move.js'
import { fileForThread } from '../protocol/own-file.js'
import { decodeThrown, isEncodedThrown } from '../protocol/thrown.js'
import { FAILED, type FailedTask, type WholeTask } from './whole-task.js'

export type RunOptions = Parameters<Piscina['run']>[1] & { readonly [SEAT]?: Seat }
type Run = (task: unknown, options?: RunOptions) => Promise<unknown>

/** What threads run in place of the tasks' own functions; not there in an application that was bundled into files of its own. */
const RUNNER = fileForThread('pool/whole-task')

/** What Piscina's `move()` marks its result with, which has no public name. Without it nothing is transferred, though it can be. */
const [PISCINA_MOVED] = Object.getOwnPropertySymbols(Piscina.move(new ArrayBuffer(0)))

/** What tasks have failed with. */
const thrownByTasks = new WeakSet()

/** Whether threads can be made to run our function. */
export const canRunWhole = RUNNER !== undefined

/**
 * Has a thread run our function in place of the task's own: it brings a failure back whole, and seats a task that can be
 * cancelled.
 *
 * @param run - The pool's own.
 * @param pool - The pool's options.
 * @param areAll - Whether all tasks of the pool run so.
 */
export async function runWhole(
  run: Run,
  pool: { readonly filename: string | null; readonly name: string },
  task: unknown,
  options: RunOptions = {},
  areAll = false,
): Promise<unknown> {
  // As for Piscina, only own options count, and null is as good as none.
  const { transferList = [], [SEAT]: seat, ...own } = { ...options }
  const filename = own.filename ?? pool.filename
  const name = own.name ?? pool.name
  const areRight = typeof filename === 'string' && typeof name === 'string' && Array.isArray(transferList)
  // What is wrong is Piscina's to refuse.
  if (RUNNER === undefined || !areRight || !isObject(options)) return run(task, options)
  const { value, transfer } = wasMoved(task) ? unpack(task) : { value: task, transfer: [] }
  const whole: WholeTask = {
    filename,
    name,
    task: value,
    seat,
    areAll,
    [Piscina.queueOptionsSymbol]: queueOptionsOf(value),
  }
  const result: unknown = await run(whole, {
    ...own,
    filename: RUNNER.href,
    name: 'default',
    transferList: [...transferList, ...transfer],
  })
  if (!isFailedTask(result)) return result
  const thrown = decodeThrown(result[FAILED])
  if (isObject(thrown)) thrownByTasks.add(thrown)
  throw thrown
}

/** Whether a task threw that itself; and it isn't Piscina's word on what became of the task. */
export function isThrownByTask(thrown: unknown): boolean {
  return !isObject(thrown) || thrownByTasks.has(thrown)
}

function isFailedTask(result: unknown): result is FailedTask {
  return isObject(result) && FAILED in result && isEncodedThrown(result[FAILED])
}

/** Whether it is what `move()` gave, this package's or Piscina's. */
function wasMoved(task: unknown): boolean {
  if (!isObject(task)) return false
  return isMoved(task) || (PISCINA_MOVED !== undefined && Reflect.get(task, PISCINA_MOVED) === true)
}

/** What a task says to the pool's own queue. */
function queueOptionsOf(task: unknown): unknown {
  return isObject(task) ? Reflect.get(task, Piscina.queueOptionsSymbol) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
