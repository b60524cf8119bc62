import { CancelledError, ResultNotCloneableError } from '../errors.js'
import type { Answer, AnswerToCall } from '../protocol/answers.js'
import { decodeThrown, messageOf } from '../protocol/thrown.js'
import type { Call } from './call.js'
import type { Deliveries } from './deliveries.js'
import type { CopyOfError } from './end-of-connection.js'
import { showBothStacks, showSite } from './traceback.js'

interface Unreadable {
  readonly upTo: number
  readonly cause: unknown
  /** How many values of the streams had been sent by then. */
  readonly sent: ReadonlyMap<number, number>
}

/**
 * The calls of a connection that were sent and not answered, by number; those that were cancelled meanwhile too. Each
 * leaves with its one answer, or with the end of the connection, which is the only thing to come instead.
 */
export class UnansweredCalls {
  readonly #deliveries: Deliveries
  readonly #calls = new Map<number, Call>()
  /** Answers that could not be read: the last call that may have been meant, and why; the reactor is asked, in this order. */
  readonly #unreadable: Unreadable[] = []

  constructor(deliveries: Deliveries) {
    this.#deliveries = deliveries
  }

  get size(): number {
    return this.#calls.size
  }

  add(id: number, call: Call): void {
    this.#calls.set(id, call)
  }

  settle(answer: AnswerToCall): void {
    const call = this.#calls.get(answer.id)
    // Unknown is an answer that somebody posted twice: the first one counts.
    if (call === undefined) return
    this.#calls.delete(answer.id)
    switch (answer.type) {
      case 'value':
        return call.settleWith(answer.value)
      case 'empty':
        return call.settleEmpty()
      case 'failure':
        return call.fail(
          (site) => showBothStacks(decodeThrown(answer.thrown), call.name, site),
          this.#deliveries.received(answer.id),
          answer.thrown,
        )
      case 'stashed':
        return call.stashed()
      case 'cancelled':
        // Unless what it asks of the store was given up, it ended here when it was cancelled.
        return call.end(() => new CancelledError(`${call.name} was given up`))
    }
  }

  /** Values came of a call that has many. */
  items({ id, index, values }: Extract<Answer, { type: 'items' }>): void {
    this.#calls.get(id)?.emitted(index, values)
  }

  loading(id: number, isLoading: boolean): void {
    this.#calls.get(id)?.loading(isLoading)
  }

  found(id: number, name: string): void {
    this.#calls.get(id)?.found(name)
  }

  /** An answer could not be read, so it doesn't say to which call; the reactor is being asked which it hasn't answered. */
  expectUnfinished(upTo: number, cause: unknown): void {
    this.#unreadable.push({ upTo, cause, sent: new Map([...this.#calls].map(([id, call]) => [id, call.sent])) })
  }

  /** What the reactor has answered, but no answer came of: that was the one. */
  takeUnfinished(ids: readonly number[]): void {
    const unreadable = this.#unreadable.shift()
    if (unreadable === undefined) return
    const { upTo, cause, sent } = unreadable
    const unfinished = new Set(ids)
    for (const [id, call] of this.#calls) {
      if (id > upTo) continue
      if (unfinished.has(id)) {
        call.expectReceived(sent.get(id) ?? 0)
        continue
      }
      this.#calls.delete(id)
      const message = `The value of ${call.name} could not be read by its thread: ${messageOf(cause)}; it may need more memory than that has`
      const copy = (): Error => new ResultNotCloneableError(message, { cause })
      call.fail((site) => showSite(copy(), site), this.#deliveries.madeHere(id, call.name, copy()))
    }
  }

  /** The tasks have ended that made them, if any did. */
  tasksEnded(): void {
    for (const call of this.#calls.values()) call.taskEnded()
  }

  /** @param copy - Makes the error with which all of them end; each wait throws its own. */
  end(copy: CopyOfError): void {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const call of calls) call.end(() => copy(call.name))
  }
}
