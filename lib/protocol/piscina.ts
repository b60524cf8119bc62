/**
 * What can be attached to a reactor. It is told by its looks, for a pool may be of another copy of Piscina.
 *
 * @module
 */
import type { Piscina } from 'piscina'
import { propertyOf } from './reading.js'
import { isList } from './realms.js'
import { shown } from './shown.js'

export function isPiscina(source: unknown): source is Piscina {
  // Others of its kind have no `close()`, but are made for other ways of running tasks.
  return isLikeOne(source) && ['close', 'on'].every((method) => typeof propertyOf(source, method) === 'function')
}

/**
 * @param takes - What `attach()` takes.
 * @throws TypeError always.
 */
export function refuseSource(source: unknown, takes: string): never {
  const cure = isLikeOne(source)
    ? ', a pool of another kind, whose threads have no way to ask for a reactor; make it with `createPool()`, or as a Piscina'
    : ''
  throw new TypeError(`attach() takes ${takes}; it was given \`${shown(source)}\`${cure}`)
}

function isLikeOne(source: unknown): source is object {
  const isObject = typeof source === 'object' && source !== null
  return isObject && typeof propertyOf(source, 'run') === 'function' && isList(propertyOf(source, 'threads'))
}
