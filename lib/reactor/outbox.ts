import type { MessagePort, Transferable } from 'node:worker_threads'
import { ResultNotCloneableError } from '../errors.js'
import { type Answer, writeAnswer } from '../protocol/answers.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { unpack } from '../protocol/move.js'
import { notPosted } from '../protocol/not-posted.js'
import { Sender } from '../protocol/sender.js'
import type { Outcome } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'
import type { Unretrieved } from './unretrieved.js'

/** What a thread waits for an answer to. */
export interface Answered {
  /** That of the request. */
  readonly number: number
  /** The function as messages name it. */
  readonly name: string
  /** Whether the thread has dealt with a failure before it came. */
  readonly isHandled?: boolean
}

/** What goes to a thread. Each outcome does, be it that it can't be posted as it is. */
export class Outbox {
  readonly #sender: Sender
  readonly #memory: ConnectionMemory
  readonly #threadId: number
  readonly #unretrieved: Unretrieved

  /** @param unretrieved - Keeps the failures that the thread is given. */
  constructor(port: MessagePort, memory: ConnectionMemory, threadId: number, unretrieved: Unretrieved) {
    this.#sender = new Sender(port, memory.answers)
    this.#memory = memory
    this.#threadId = threadId
    this.#unretrieved = unretrieved
  }

  post(answer: Answer, transfer: readonly Transferable[] = []): void {
    this.#sender.send(writeAnswer(answer), transfer)
    this.#memory.announce()
  }

  postOutcome(call: Answered, outcome: Outcome): void {
    switch (outcome.type) {
      case 'value':
        return this.#postValue(call, outcome.value)
      case 'failure':
        return this.postFailure(call, outcome.thrown)
      case 'empty':
        return this.post({ type: 'empty', id: call.number })
    }
  }

  postFailure({ number, name, isHandled = false }: Answered, thrown: unknown): void {
    const encoded = encodeThrown(thrown)
    if (!isHandled) this.#unretrieved.add(number, { name, thrown: encoded, threadId: this.#threadId })
    this.post({ type: 'failure', id: number, thrown: encoded })
  }

  /**
   * One of the values of a stream.
   *
   * @throws ResultNotCloneableError; then it was not posted.
   */
  postItem(call: Answered, index: number, marked: unknown): void {
    this.#postMarked(call.name, marked, (value) => ({ type: 'items', id: call.number, index, values: [value] }))
  }

  /** Several of them, each of a kind that can be posted. */
  postItems(call: Answered, index: number, values: readonly unknown[]): void {
    this.post({ type: 'items', id: call.number, index, values })
  }

  #postValue(call: Answered, marked: unknown): void {
    try {
      this.#postMarked(call.name, marked, (value) => ({ type: 'value', id: call.number, value }))
    } catch (error) {
      this.postFailure(call, error)
    }
  }

  /** @throws ResultNotCloneableError; then it was not posted. */
  #postMarked(name: string, marked: unknown, answerOf: (value: unknown) => Answer): void {
    const parcel = unpack(marked)
    try {
      this.post(answerOf(parcel.value), parcel.transfer)
    } catch (cause) {
      const what = `The value of ${name} cannot be sent to thread ${this.#threadId}`
      throw notPosted(ResultNotCloneableError, what, parcel, cause)
    }
  }
}
