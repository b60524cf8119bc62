import { TimeoutError } from '../errors.js'
import { propertyOf } from '../protocol/reading.js'
import { isInstance } from '../protocol/realms.js'
import { shown } from '../protocol/shown.js'
import type { Call } from './call.js'
import { callOf, EventualResult } from './eventual-result.js'

/** One of the things that are combined: a result, or a value that is one at once. */
export type Entry =
  | { readonly call: Call; readonly value?: undefined }
  | { readonly call?: undefined; readonly value: unknown }

/** More than a thread can have: such a list is a mistake, such as an array of holes, and would take all the memory. */
const MOST_RESULTS = 2 ** 24

/** Names that a message shows of what is unfinished. */
const MOST_NAMES = 5

export function hasFailed({ call }: Entry): boolean {
  return call?.settled?.type === 'failure'
}

/** Several results of one thread, until enough of them have their outcomes. */
export class Combination {
  readonly entries: readonly Entry[]
  readonly #decides: (entry: Entry) => boolean
  readonly #open = new Set<Call>()
  #decisive: Entry | undefined

  /**
   * @param decides - Whether that entry, which has an outcome, is enough by itself.
   * @param what - The application's call, for messages.
   * @throws TypeError if they can't be combined.
   */
  constructor(results: Iterable<unknown>, decides: (entry: Entry) => boolean, what: string) {
    if (typeof results !== 'object' || typeof propertyOf(results, Symbol.iterator) !== 'function') {
      throw new TypeError(`${what} takes an array of results first; it was given \`${shown(results)}\``)
    }
    const length = propertyOf(results, 'length')
    if (typeof length === 'number' && length > MOST_RESULTS) {
      throw new RangeError(`${what} was given a list of ${length} results; it takes at most ${MOST_RESULTS}`)
    }
    this.entries = Array.from(results, (result) => entryOf(result, what))
    this.#decides = decides
  }

  /** The entry that was enough by itself; there is none if it took all of them. */
  get decisive(): Entry | undefined {
    return this.#decisive
  }

  /** Sleeps until enough have their outcomes; returns whether they have. */
  sleepUntil(deadline: number): boolean {
    // What has come by now comes in the order of the list, and what is to come in that in which it comes, as for promises.
    for (const { call } of this.entries) if (call?.settled === undefined) call?.poll()
    const forget = this.entries.map((entry) => this.#watch(entry))
    try {
      this.#sleep(deadline)
    } finally {
      for (const each of forget) each?.()
    }
    return this.#isDecided
  }

  timeoutError(what: string, ms: number): TimeoutError {
    const names = [...this.#open].map(({ name }) => name)
    const counts = new Map<string, number>()
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
    const shown = [...counts].slice(0, MOST_NAMES).map(([name, count]) => (count > 1 ? `${count} of ${name}` : name))
    const rest = counts.size > MOST_NAMES ? `, and ${counts.size - MOST_NAMES} other functions` : ''
    const [first] = this.#open
    return new TimeoutError(
      `${what} had not enough outcomes within ${ms} ms: ${names.length} of ${this.entries.length} results were unfinished (${shown.join(', ')}${rest}); the calls go on, so you may wait again or cancel them${first?.whyLate()}`,
    )
  }

  /** Failures, be they still to come, are dealt with: as those of promises that were combined are never unhandled. */
  handleAll(): void {
    for (const { call } of this.entries) call?.handle()
  }

  get #isDecided(): boolean {
    return this.#decisive !== undefined || this.#open.size === 0
  }

  #watch(entry: Entry): (() => void) | undefined {
    const { call } = entry
    const settled = (): void => {
      if (call !== undefined) this.#open.delete(call)
      if (this.#decisive === undefined && this.#decides(entry)) this.#decisive = entry
    }
    if (call !== undefined && call.settled === undefined) this.#open.add(call)
    return call === undefined ? void settled() : call.observe(settled)
  }

  /**
   * The thread sleeps on one of the unfinished calls at a time; but it wakes, and takes in what has come, for any of them: a thread has
   * one connection, and the calls of another that it had before have ended with that.
   */
  #sleep(deadline: number): void {
    for (;;) {
      const [call] = this.#open
      if (this.#isDecided || call === undefined) return
      if (!call.sleepUntil(deadline, () => this.#isDecided || call.settled !== undefined)) return
    }
  }
}

function entryOf(result: unknown, what: string): Entry {
  if (isInstance(result, EventualResult)) return { call: callOf(result) }
  if (typeof result === 'object' && typeof propertyOf(result, 'then') === 'function') {
    throw new TypeError(
      `${what} was given a promise, which nobody settles while the thread sleeps; \`await\` it before`,
    )
  }
  return { value: result }
}
