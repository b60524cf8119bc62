import { inspect } from 'node:util'
import { readProperty, readText } from '../protocol/reading.js'
import { isError } from '../protocol/realms.js'
import { shown } from '../protocol/shown.js'

type ErrorClass = abstract new (...args: never[]) => unknown

/** How deep Node shows what an object has. */
const DEFAULT_DEPTH = 2

/** Deeper causes are not shown. */
const MOST_LEVELS = 100

/**
 * A failed call's failure, to look at without throwing it. After Twisted's class of that name.
 *
 * @example
 * ```ts
 * const failure = answer.originalFailure()
 * if (failure !== null) log.error(`${failure.getErrorMessage()}\n${failure.getTraceback()}`)
 * ```
 */
export class Failure {
  /** What was thrown: a copy of the error, or whatever it was. */
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }

  /** The class of what was thrown; `undefined` for `undefined`, `null` and objects without one. */
  get type(): unknown {
    return this.value === undefined || this.value === null ? undefined : Reflect.get(Object(this.value), 'constructor')
  }

  /** The message of the error that was thrown; of anything else, what it looks like. */
  getErrorMessage(): string {
    return isError(this.value) ? readText(this.value, 'message') : asNodeShows(this.value)
  }

  /** The stack of the reactor's side, with those of all its causes; for the log. */
  getTraceback(): string {
    return asNodeShows(this.value, DEFAULT_DEPTH + levelsOf(this.value))
  }

  /**
   * The first of these classes of which the thrown thing is an instance; `null` if it is of none.
   *
   * @param classes - Those of your own must be given to `registerError` on both sides.
   */
  check<Classes extends readonly ErrorClass[]>(...classes: Classes): Classes[number] | null {
    return classes.find((one) => this.value instanceof one) ?? null
  }

  /**
   * As `check`, but for failures of other classes, which are thrown on.
   *
   * @param classes - As for `check`.
   * @throws The thrown thing, if it is an instance of none of these classes.
   */
  trap<Classes extends readonly ErrorClass[]>(...classes: Classes): Classes[number] {
    const found = this.check(...classes)
    if (found === null) throw this.value
    return found
  }
}

/** Whatever its class does when it is to show it. */
function asNodeShows(value: unknown, depth = DEFAULT_DEPTH): string {
  try {
    return inspect(value, { depth })
  } catch {
    return shown(value)
  }
}

/** How deep the errors are nested in each other of which a thrown thing consists: its causes, its `errors`, and theirs. */
function levelsOf(thrown: unknown): number {
  const levels = new Map([[thrown, 0]])
  let deepest = 0
  // It grows meanwhile, by what is not in it yet: they may have each other.
  for (const [one, level] of levels) {
    deepest = level
    if (level === MOST_LEVELS) break
    for (const part of partsOf(one)) if (!levels.has(part)) levels.set(part, level + 1)
  }
  return deepest
}

/** An error's cause and list of errors; a list's errors. */
function partsOf(thrown: unknown): unknown[] {
  const parts = isError(thrown) ? [readProperty(thrown, 'cause'), readProperty(thrown, 'errors')] : thrown
  return Array.isArray(parts) ? parts.filter((part) => isError(part) || Array.isArray(part)) : []
}
