/** Whether structured clone takes a value. Transferables count as not cloneable: they want `move`. */
export function isCloneable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')) {
    return true
  }
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/**
 * Where in a value the first part is that cannot be cloned, and what it is: `.headers.get (a function)`.
 * For an error's message, once something failed: it clones every part, so it is not cheap.
 */
export function whereNotCloneable(value: unknown): string {
  const path = pathToUncloneable(value, new Set())
  return path === undefined ? 'the value itself' : `\`${path.at}\` (${nameOf(path.part)})`
}

function pathToUncloneable(value: unknown, seen: Set<unknown>): { at: string; part: unknown } | undefined {
  if (seen.has(value) || isCloneable(value)) return undefined
  seen.add(value)
  for (const [key, part] of partsOf(value)) {
    const below = pathToUncloneable(part, seen)
    if (below !== undefined)
      return {
        at: below.at === 'value' ? `value${key}` : `value${key}${below.at.slice('value'.length)}`,
        part: below.part,
      }
  }
  return { at: 'value', part: value }
}

/** Structured clone goes into own enumerable properties, and into the entries of Maps and Sets. */
function* partsOf(value: unknown): Iterable<[key: string, part: unknown]> {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map) {
    let index = 0
    for (const [key, part] of value) {
      yield [`.keys()[${index}]`, key]
      yield [`.values()[${index++}]`, part]
    }
  } else if (value instanceof Set) {
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
    // The getter's own error is what `structuredClone` throws; that it is there at all is what is told here.
    return Symbol('a getter that throws')
  }
}

function nameOf(part: unknown): string {
  switch (typeof part) {
    case 'function':
      return part.name === '' ? 'a function' : `the function \`${part.name}\``
    case 'symbol':
      return String(part)
    default:
      return `a ${Object.prototype.toString.call(part).slice('[object '.length, -1)}`
  }
}
