/**
 * What is uncaught in a thread of `createPool`, brought whole to the tasks that it ends. Piscina posts a task's result
 * outside of all that could catch what that throws; and a `DOMException`, which is that, would arrive as `{}`.
 *
 * @module
 */
import { ResultNotCloneableError } from '../errors.js'
import { isCloneable } from '../protocol/cloneable.js'
import { notPosted } from '../protocol/not-posted.js'
import { isDOMException } from '../protocol/realms.js'
import { decodeThrown, encodeThrown, isEncodedThrown } from '../protocol/thrown.js'

/** Marks what was uncaught with itself: of own properties that can be seen, Node hands each on. */
const UNCAUGHT = 'rx-crochet: uncaught'

/** Of tasks that end at once, this many may be told apart. */
const MOST_RESULTS = 16

interface Result {
  /** The function as messages name it. */
  readonly name: string
  readonly value: object
}

/**
 * A thread's last results, which may fail to be posted. Nobody says when they have been, so they are kept until its next task, as
 * Piscina does with the last of them; a WeakRef would keep each for ever, in a thread whose loop never turns.
 */
export class Results {
  #last: Result[] = []

  constructor() {
    // Only looks on: whether the thread survives is the application's to say.
    process.on('uncaughtExceptionMonitor', (error: unknown) => {
      if (!isDOMException(error)) return
      const value = encodeThrown(this.#whyNotPosted(error) ?? error)
      Reflect.defineProperty(error, UNCAUGHT, { value, enumerable: true, configurable: true })
      // Node tells an error by that; what is none it has cloned, and clones of a DOMException have no such properties since Node 22.
      Reflect.defineProperty(error, Symbol.toStringTag, { value: 'Error', configurable: true })
    })
  }

  /** A task has ended with that, and it is about to be posted. */
  add(name: string, value: unknown): void {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    if (!isObject) return
    if (this.#last.push({ name, value }) > MOST_RESULTS) this.#last.shift()
  }

  /** They have been posted. */
  forget(): void {
    if (this.#last.length > 0) this.#last = []
  }

  #whyNotPosted(cause: DOMException): Error | undefined {
    if (cause.name !== 'DataCloneError') return undefined
    for (const { name, value } of this.#last) {
      if (isCloneable(value)) continue
      const what = `The result of ${name} cannot be sent from its thread`
      return notPosted(ResultNotCloneableError, what, { value, transfer: [] }, cause)
    }
    return undefined
  }
}

/** The error that a task ended with; what was uncaught in its thread, as that was there. */
export function asThrownThere(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !(UNCAUGHT in error)) return error
  return isEncodedThrown(error[UNCAUGHT]) ? decodeThrown(error[UNCAUGHT]) : error
}
