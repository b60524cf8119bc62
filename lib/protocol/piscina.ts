/**
 * What can be attached to a reactor. It is told by its looks, for a pool may be of another copy of Piscina.
 *
 * @module
 */
import type { Piscina } from 'piscina'
import { classWithArticle } from './class-name.js'
import { standIn } from './reading.js'

export function isPiscina(source: unknown): source is Piscina {
  const pool: Partial<Piscina> | null = typeof source === 'object' ? source : null
  if (pool === null || !Array.isArray(pool.threads)) return false
  // Others of its kind have no `close()`, but are made for other ways of running tasks.
  return [pool.run, pool.close, pool.on].every((it) => typeof it === 'function')
}

/**
 * @param takes - What `attach()` takes.
 * @throws TypeError always.
 */
export function refuseSource(source: unknown, takes: string): never {
  const isObject = typeof source === 'object' && source !== null
  const what = isObject ? classWithArticle(source) : `\`${standIn(source)}\``
  const cure =
    isObject && 'run' in source && 'threads' in source
      ? ', a pool of another kind, whose threads have no way to ask for a reactor; make it with `createPool()`, or as a Piscina'
      : ''
  throw new TypeError(`attach() takes ${takes}; it was given ${what}${cure}`)
}
