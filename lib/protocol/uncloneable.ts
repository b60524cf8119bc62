import { types } from 'node:util'
import { isCloneable } from './cloneable.js'
import { isMoved } from './move.js'

/** A part of a value, and where in it that is. */
export interface Place {
  /** As one would write it behind the value: `.headers.get`. */
  readonly path: string
  readonly part: unknown
}

/** In the place of what a getter would give. */
export const THROWING_GETTER = Symbol('a getter that throws')

/** Deeper parts are not named; each level costs a clone of all below it. */
const MOST_LEVELS = 16

/**
 * The first part of a value that cannot be cloned; `undefined` if all can, besides what is transferred. For an error's message, once
 * something failed: it is not cheap.
 *
 * @throws What a Proxy does that does not let itself be looked at.
 */
export function findUncloneable(
  value: unknown,
  transferred: ReadonlySet<unknown>,
  levels = MOST_LEVELS,
): Place | undefined {
  if (transferred.has(value) || isCloneable(value)) return undefined
  let isForTransfer = false
  for (const [step, part] of levels > 0 ? partsOf(value) : []) {
    if (isCloneable(part)) continue
    const below = findUncloneable(part, transferred, levels - 1)
    if (below !== undefined) return { path: step + below.path, part: below.part }
    isForTransfer = true
  }
  return isForTransfer ? undefined : { path: '', part: value }
}

/** Structured clone goes into own enumerable properties, and into the entries of Maps and Sets; but takes no Proxy. */
function* partsOf(value: unknown): Iterable<[step: string, part: unknown]> {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || isMoved(value)) return
  if (types.isMap(value)) {
    let index = 0
    for (const [key, part] of value) {
      yield [`.keys()[${index}]`, key]
      yield [`.values()[${index++}]`, part]
    }
  } else if (types.isSet(value)) {
    yield* [...value].map((part, index): [string, unknown] => [`.values()[${index}]`, part])
  } else {
    for (const key of Object.keys(value)) yield [accessor(value, key), read(value, key)]
  }
}

function accessor(owner: object, key: string): string {
  if (Array.isArray(owner)) return `[${key}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function read(owner: object, key: string): unknown {
  try {
    return Reflect.get(owner, key)
  } catch {
    return THROWING_GETTER // a symbol can't be cloned either
  }
}
