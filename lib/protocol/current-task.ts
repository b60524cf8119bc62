import { AsyncLocalStorage } from 'node:async_hooks'
import { types } from 'node:util'
import { TaskMemory, type TaskPlace } from './memory/task-memory.js'

/**
 * What the thread of a pool is told of a task, besides the task, if somebody may cancel it, or reads what it emits: its words,
 * and how many of the emitted values may wait. Flat, for it is cloned with each task.
 */
export type Seat = readonly [buffer: SharedArrayBuffer, at: number, serial: number, most: number]

/** Its key among the options of a pool's `run()`. */
export const SEAT = Symbol('rx-crochet: seat')

export function seatOf({ buffer, at, serial }: TaskPlace, most: number): Seat {
  return [buffer, at, serial, most]
}

/** A task as its own thread knows it. */
export interface CurrentTask {
  /** As messages name it. */
  readonly name: string
  readonly memory: TaskMemory
  /** How many of the emitted values may wait. */
  readonly buffer: number
}

export function seated([buffer, at, serial, most]: Seat, name: string): CurrentTask {
  return { name, memory: TaskMemory.received({ buffer, at, serial }), buffer: most }
}

/** What an asynchronous task leaves behind may go on while its thread runs the next, so such a task has a context. */
const context = new AsyncLocalStorage<CurrentTask>()
/** A task that has none; it has the thread to itself until it ends. */
let running: CurrentTask | undefined

/** The task in whose code this is asked, of those that can be cancelled. */
export function currentTask(): CurrentTask | undefined {
  return context.getStore() ?? running
}

/** Calls a function as the task's. */
export function runAs(task: CurrentTask, fn: (input: unknown) => unknown, input: unknown): unknown {
  // A context makes every promise of the thread dearer, which a tiny task would feel; so only those have one that say that they
  // are asynchronous.
  if (types.isAsyncFunction(fn)) return context.run(task, fn, input)
  running = task
  let result: unknown
  try {
    result = fn(input)
  } finally {
    running = undefined
  }
  return isThenable(result) ? untilSettled(task, result) : result
}

async function untilSettled(task: CurrentTask, promise: PromiseLike<unknown>): Promise<unknown> {
  running = task
  try {
    return await promise
  } finally {
    if (running === task) running = undefined
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof Object(value).then === 'function'
}
