/**
 * What a thread of `createPool` runs in place of a task's own function, so that its failure arrives whole. Loads as
 * little as it can, for every thread does.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CancelledError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { runAs, type Seat, seated } from '../protocol/current-task.js'
import { ownFile } from '../protocol/own-file.js'
import { thisThread } from '../protocol/thread.js'
import { type EncodedThrown, encodeThrown } from '../protocol/thrown.js'
import { Results } from './uncaught.js'

/** A task, and what it is for. */
export interface WholeTask {
  readonly filename: string
  readonly name: string
  readonly task: unknown
  /** Of one that can be cancelled. */
  readonly seat?: Seat | undefined
  /** Whether all tasks of the thread are brought whole. */
  readonly areAll: boolean
  /** For the pool's queue; it doesn't cross. */
  readonly [queueOptions: symbol]: unknown
}

/** Marks the failure of a task among the results of others. */
export const FAILED = 'rx-crochet: failed'

export interface FailedTask {
  readonly [FAILED]: EncodedThrown
}

type Handler = (task: unknown) => unknown

const require = createRequire(ownFile(import.meta.url))
const handlers = new Map<string, Handler>()
/** From the first task on: the reactor's thread loads this module too. */
let results: Results | undefined
/** How many tasks there are whose functions have been called. */
let running = 0

/** The result as the task gave it; its failure as a result, since Piscina would have it cloned, and so flattened. */
export default async function runWhole({ filename, name, task, seat, areAll }: WholeTask): Promise<unknown> {
  results ??= new Results()
  try {
    const handler = await handlerOf(filename, name)
    begin(areAll)
    try {
      const result = await (seat === undefined
        ? handler(task)
        : runSeated(seat, `\`${name}\` of ${filename}`, handler, task))
      results.add(`\`${name}\` of ${filename}`, result)
      return result
    } finally {
      end(areAll)
    }
  } catch (thrown) {
    return { [FAILED]: encodeThrown(thrown) } satisfies FailedTask
  } finally {
    // A thread of a Piscina is parked between tasks, and runs no finalizers, by which streams end that nobody has any more.
    if (thisThread.openStreams > 0) await clock.nextTurn()
  }
}

/** When its function is there: what a module calls while it is loaded is no task's. */
function begin(areAll: boolean): void {
  if (running === 0) results?.forget()
  if (running === 0 && areAll) thisThread.tasks?.begin()
  running += 1
}

function end(areAll: boolean): void {
  running -= 1
  if (running === 0 && areAll) thisThread.tasks?.ended()
}

function runSeated(seat: Seat, name: string, handler: Handler, task: unknown): unknown {
  const current = seated(seat, name)
  if (!current.memory.begin()) throw new CancelledError(`The task ${name} was cancelled before it was begun`)
  return runAs(current, handler, task)
}

async function handlerOf(filename: string, name: string): Promise<Handler> {
  const key = `${filename}/${name}`
  const handler = handlers.get(key) ?? (await load(filename, name))
  handlers.set(key, handler)
  return handler
}

/** In Piscina's own steps: by `require` first, so a module that Piscina has loaded already is the same one here. */
async function load(filename: string, name: string): Promise<Handler> {
  const path = filename.startsWith('file:') ? fileURLToPath(filename) : filename
  const found = (await required(path, name)) ?? (await exported(await import(pathToFileURL(path).href), name))
  if (found !== undefined) return found
  throw new Error(`No handler function exported from ${path}`)
}

async function required(path: string, name: string): Promise<Handler | undefined> {
  try {
    return await exported(await namespaceOf(require(path)), name)
  } catch {
    return undefined // it is an ES module that cannot be required; or it fails, and will fail once more below
  }
}

/** What Piscina's `import` is compiled to makes of what `require` gives. */
function namespaceOf(module: unknown): unknown {
  if (Reflect.get(Object(module), '__esModule')) return module
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(Object(module)), default: { value: module } },
  )
}

async function exported(module: unknown, name: string): Promise<Handler | undefined> {
  // A function with `__esModule` is taken itself, whatever the name.
  const found: unknown = typeof module === 'function' ? module : await Reflect.get(Object(module), name)
  return typeof found === 'function' ? (found as Handler) : undefined // what it takes is between its author and its callers
}
