/**
 * What the threads of a pool are told when they are started, by their environment data, which are inherited: of which file they
 * are, and which function they shall load before their first task.
 *
 * The file keeps a pool from being made in its own threads: each of them would make another one, without end. That is what
 * happens where a worker's file imports the program, were it for a type alone. A thread is told likewise that a reactor made its pool.
 *
 * Of a pool that the application made itself nobody is told: its threads are there before `attach()` knows of it.
 *
 * @module
 */

import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { AlreadyInUseError } from '../errors.js'
import { OF_REACTOR, POOL_FILES, thisThread } from '../protocol/thread.js'
import { pathOf } from './options.js'

/** The key of Node's environment data by which a thread is told what to load. */
const EARLY = 'rx-crochet: task function'

/** A function of tasks. */
export interface TaskFunction {
  /** The path of its file. */
  readonly path: string
  readonly name: string
}

/** @throws AlreadyInUseError if this thread is one of a pool of that file, or was started by one. */
export function refuseOwnFile(filename: unknown): void {
  if (typeof filename !== 'string') return // Piscina's to refuse
  const path = pathOf(filename)
  if (!thisThread.poolFiles.has(path)) return
  throw new AlreadyInUseError(
    `createPool() was called in a thread of a pool of the same file, \`${path}\`, so threads would be started without end; ` +
      'that file imports the one that makes the pool, maybe by `import` where `import type` is meant; put what both need in a file of its own',
  )
}

/** Threads that are started from now on are told that, and that a reactor made their pool. */
export function tellThreadsOf(path: string | undefined, early: TaskFunction | undefined): void {
  setEnvironmentData(OF_REACTOR, true)
  if (path !== undefined) setEnvironmentData(POOL_FILES, [...thisThread.poolFiles, path])
  setEnvironmentData(EARLY, early)
}

/** Threads that are started from now on are told what this one was told of files, and nothing else. */
export function tellInherited(): void {
  setEnvironmentData(OF_REACTOR, undefined)
  setEnvironmentData(POOL_FILES, thisThread.poolFiles.size === 0 ? undefined : [...thisThread.poolFiles])
  setEnvironmentData(EARLY, undefined)
}

/** In a thread of a pool: what it shall load before its first task. Told once, for it is not meant for threads that this one starts. */
export function toLoadEarly(): TaskFunction | undefined {
  const early: unknown = getEnvironmentData(EARLY)
  setEnvironmentData(EARLY, undefined)
  const { path, name }: Partial<TaskFunction> = Object(early)
  return path === undefined || name === undefined ? undefined : { path, name }
}
