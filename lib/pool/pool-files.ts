/**
 * Keeps a pool from being made in its own threads: each of them would make another one, without end. That is what happens
 * where a worker's file imports the program, were it for a type alone.
 *
 * A thread learns of which file it is by its environment data, which it is given when it is started, and which are inherited.
 * So they are set where Piscina starts threads: while a pool is made or a task is run, where a thread ends, and where a task that waited
 * finds no thread that is free. A thread learns likewise that a reactor made its pool.
 *
 * Of a pool that the application made itself nobody is told: its threads are there before `attach()` knows of it.
 *
 * @module
 */

import { fileURLToPath } from 'node:url'
import { setEnvironmentData } from 'node:worker_threads'
import { AlreadyInUseError } from '../errors.js'
import { afterThis } from '../protocol/clock.js'
import { OF_REACTOR, POOL_FILES, thisThread } from '../protocol/thread.js'

/** @throws AlreadyInUseError if this thread is one of a pool of that file, or was started by one. */
export function refuseOwnFile(filename: unknown): void {
  const path = pathOf(filename)
  if (path === undefined || !thisThread.poolFiles.has(path)) return
  throw new AlreadyInUseError(
    `createPool() was called in a thread of a pool of the same file, \`${path}\`, so threads would be started without end; ` +
      'that file imports the one that makes the pool, maybe by `import` where `import type` is meant; put what both need in a file of its own',
  )
}

/** Tells threads that are started meanwhile that they are of a reactor's pool, and of which file. */
export function startingThreadsOf<T>(filename: unknown, start: () => T): T {
  tellOf(filename)
  try {
    return start()
  } finally {
    tellInherited()
  }
}

/** Tells threads that are started until this turn gives way to others. */
export function mayStartThreadsOf(filename: unknown): void {
  tellOf(filename)
  afterThis(tellInherited)
}

function tellOf(filename: unknown): void {
  const path = pathOf(filename)
  setEnvironmentData(OF_REACTOR, true)
  if (path !== undefined) setEnvironmentData(POOL_FILES, [...thisThread.poolFiles, path])
}

/** What all threads are told that this one starts. */
function tellInherited(): void {
  const { poolFiles } = thisThread
  setEnvironmentData(OF_REACTOR, undefined)
  setEnvironmentData(POOL_FILES, poolFiles.size === 0 ? undefined : [...poolFiles])
}

/** As Piscina reads it: a URL of a file, or a path. What is neither is Piscina's to refuse. */
function pathOf(filename: unknown): string | undefined {
  if (typeof filename !== 'string') return undefined
  return filename.startsWith('file:') ? fileURLToPath(filename) : filename
}
