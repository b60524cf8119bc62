import { AsyncLocalStorage } from 'node:async_hooks'
import type { TaskMemory, TaskPlace } from './memory.js'

/** What the thread of a pool is told of a task, besides the task, if somebody may cancel it, or reads what it emits. */
export interface Seat {
  readonly place: TaskPlace
  /** How many of the emitted values may wait. */
  readonly buffer: number
}

/** Its key among the options of a pool's `run()`. */
export const SEAT = Symbol('rx-crochet: seat')

/** A task as its own thread knows it. */
export interface CurrentTask {
  /** As messages name it. */
  readonly name: string
  readonly memory: TaskMemory
  readonly buffer: number
}

/**
 * The task in whose code this is asked, of those that can be cancelled. By asynchronous context and not by thread: what one
 * task leaves behind may go on while the thread runs the next.
 */
export const currentTask = new AsyncLocalStorage<CurrentTask>()
