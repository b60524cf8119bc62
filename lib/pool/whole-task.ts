/**
 * What a thread of `createPool` runs in place of a task's own function, so that its failure arrives whole. Loads as
 * little as it can, for every thread does.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { threadId } from 'node:worker_threads'
import { CancelledError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { runAs, type Seat, seated } from '../protocol/current-task.js'
import { ownFile } from '../protocol/own-file.js'
import { thisThread } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'
import { pathOf } from './options.js'
import { toLoadEarly } from './pool-files.js'
import { type Handler, LoadFailure, loadedHandler, loadHandler, pastFailure } from './task-function.js'
import { FAILED, type FailedTask, type WholeTask } from './task-result.js'
import { Results } from './uncaught.js'

/** What is thrown in place of the error of a load that a task didn't begin. */
class OthersLoadFailure extends LoadFailure {}

/** From the first task on. */
let results: Results | undefined
/** How many tasks there are whose functions have been called. */
let running = 0

/**
 * What a thread of `createPool` loads before it is ready, as the function of that name: it is there when the function of the
 * pool's tasks has been loaded, or has failed to. A thread that failed here would never be ready, and Piscina would leave its
 * tasks in the queue; so a failure is kept, for the first task that needs the file.
 *
 * Begins when it is asked for: a thread of another pool loads this module for its tasks.
 */
export const early: PromiseLike<() => void> = {
  // biome-ignore lint/suspicious/noThenProperty: Piscina awaits what is exported.
  then: (...given) => loadEarly().then(...given),
}

async function loadEarly(): Promise<() => void> {
  const wanted = toLoadEarly()
  if (wanted !== undefined) await loadHandler(wanted.path, wanted.name).catch(() => undefined)
  return () => undefined
}

/** The result as the task gave it; its failure as a result, since Piscina would have it cloned, and so flattened. */
export default async function runWhole(whole: WholeTask): Promise<unknown> {
  const { filename, name, task, seat, leaving } = whole
  results ??= new Results()
  try {
    const path = pathOf(filename)
    const isOurs = leaving !== false
    const handler = loadedHandler(path, name) ?? (await firstHandler(path, name, isOurs))
    begin(isOurs)
    try {
      const result = await (seat === undefined
        ? handler(task)
        : runSeated(seat, `\`${name}\` of ${path}`, handler, task))
      results.add(`\`${name}\` of ${path}`, result)
      return result
    } finally {
      end(isOurs)
    }
  } catch (thrown) {
    return LoadFailure.is(thrown) ? notLoaded(thrown, whole) : failedTask(thrown)
  } finally {
    // A thread of a Piscina is parked between tasks, and runs no finalizers, by which streams end that nobody has any more.
    if (thisThread.openStreams > 0) await clock.nextTurn()
  }
}

/**
 * When its function is there: what a module calls while it is loaded is no task's.
 *
 * @param isOurs - Whether it is a task of a pool of `createPool`, so that all tasks of the thread come here.
 */
function begin(isOurs: boolean): void {
  if (running === 0) results?.forget()
  if (running === 0 && isOurs) thisThread.tasks?.begin()
  running += 1
}

function end(isOurs: boolean): void {
  running -= 1
  if (running === 0 && isOurs) thisThread.tasks?.ended()
}

function failedTask(thrown: unknown): FailedTask {
  return { [FAILED]: encodeThrown(thrown) }
}

function notLoaded(failure: LoadFailure, { filename, task, leaving }: WholeTask): unknown {
  const { thrown, began, name } = failure
  const isOwn = !(failure instanceof OthersLoadFailure)
  const failed: FailedTask = {
    ...failedTask(thrown),
    loading: { threadId, path: pathOf(filename), name, began, isOwn },
  }
  if (isOwn || typeof leaving === 'boolean') return failed
  const back: FailedTask = { ...failed, back: { task, transferred: leaving } }
  // Only now, as it takes long to load where Piscina's own thread has not.
  const { Piscina }: typeof import('piscina') = createRequire(ownFile(import.meta.url))('piscina')
  const marked = { [Piscina.transferableSymbol]: leaving, [Piscina.valueSymbol]: back }
  return Piscina.move(marked as object as ArrayBuffer) // its type knows no objects of this kind
}

/** @param isLeft - Whether the pool leaves a thread that has failed to load a file, so that it need not try again. */
async function firstHandler(path: string, name: string, isLeft: boolean): Promise<Handler> {
  const before = isLeft ? pastFailure(path, name) : undefined
  if (before !== undefined) throw new OthersLoadFailure(before.thrown, before.began, before.name)
  const submitted = clock.shared()
  try {
    return await loadHandler(path, name)
  } catch (thrown) {
    if (!LoadFailure.is(thrown) || thrown.began >= submitted) throw thrown
    throw new OthersLoadFailure(thrown.thrown, thrown.began, thrown.name)
  }
}

function runSeated(seat: Seat, name: string, handler: Handler, task: unknown): unknown {
  const current = seated(seat, name)
  if (!current.memory.begin()) throw new CancelledError(`The task ${name} was cancelled before it was begun`)
  return runAs(current, handler, task)
}
