/**
 * What the reactor knows of the pools that it makes. The class itself is there only where `rx-crochet` was imported: the
 * thread of a managed reactor makes no pools by itself, and is spared the 12 ms that Piscina takes to load.
 *
 * @module
 */
import type { Piscina } from 'piscina'
import type { Admission } from './admission.js'
import type { CreatePoolOptions } from './options.js'

export interface OwnPool extends Piscina {
  /** Calls are interrupted: from now on no task is begun, not even one of the queue. */
  hold(): void
  /** How many of its threads still load what they are started with. */
  readonly loadingThreads: number
}

/**
 * Makes a pool.
 *
 * @param admission - Says whether it may begin new tasks.
 * @param onLongClose - Called when the application closes the pool, and that takes long.
 */
type Make = (options: CreatePoolOptions, admission: Admission, onLongClose: () => void) => OwnPool

let make: Make | undefined
const own = new WeakSet<object>()

/** To be called when the class is there. */
export function makePoolsBy(maker: Make): void {
  make = maker
}

export const makeOwnPool: Make = (options, admission, onLongClose) => {
  const maker = make
  if (maker === undefined) throw new Error('createPool() was called before `rx-crochet` was imported')
  const pool = maker(options, admission, onLongClose)
  own.add(pool)
  return pool
}

export function isOwnPool(pool: object): pool is OwnPool {
  return own.has(pool)
}
