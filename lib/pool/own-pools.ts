/**
 * What the reactor knows of the pools that it makes. The class itself is there only where `rx-crochet` was imported: the
 * thread of a managed reactor makes no pools by itself, and is spared the 12 ms that Piscina takes to load.
 *
 * @module
 */
import type { Piscina } from 'piscina'
import type { PoolOptions } from './options.js'

export interface OwnPool extends Piscina {
  /** The reactor has stopped: from now on no task is begun. */
  hold(): void
  /** How many of the threads that were started with the pool still load the file of their tasks. */
  readonly loadingThreads: number
}

/** Makes a pool, which calls back when the application closes it, and that takes long. */
type Make = (options: PoolOptions, onLongClose: () => void) => OwnPool

let make: Make | undefined
const own = new WeakSet<object>()

/** To be called when the class is there. */
export function makePoolsBy(maker: Make): void {
  make = maker
}

export function makeOwnPool(options: PoolOptions, onLongClose: () => void): OwnPool {
  if (make === undefined) throw new Error('createPool() was called before `rx-crochet` was imported')
  const pool = make(options, onLongClose)
  own.add(pool)
  return pool
}

export function isOwnPool(pool: object): pool is OwnPool {
  return own.has(pool)
}
