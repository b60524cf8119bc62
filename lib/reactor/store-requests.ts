import { decodeOutcome } from '../protocol/outcome.js'
import type { Request } from '../protocol/requests.js'
import type { Call, Caller } from './call.js'
import type { Outbox } from './outbox.js'
import type { ResultStore } from './result-store.js'
import type { Unretrieved } from './unretrieved.js'

export type StoreRequest = Extract<Request, { type: 'put' | 'retrieve' | 'stash' }>

/** Who asks. */
interface Owner extends Caller {
  /** Its unfinished ones, by number. */
  readonly calls: Map<number, Call>
}

/**
 * What one thread asks of the store of results: to keep one, or to give it one. Results go from hand to hand at once: who
 * puts one in the store, or takes it, doesn't wait for any schedule.
 */
export class StoreRequests {
  readonly #owner: Owner
  readonly #store: ResultStore
  readonly #outbox: Outbox
  readonly #unretrieved: Unretrieved

  /** @param unretrieved - Those of the owner. */
  constructor(owner: Owner, store: ResultStore, outbox: Outbox, unretrieved: Unretrieved) {
    this.#owner = owner
    this.#store = store
    this.#outbox = outbox
    this.#unretrieved = unretrieved
  }

  /** Does what is asked, and answers. */
  take(request: StoreRequest): void {
    try {
      switch (request.type) {
        case 'put':
          return this.#put(request)
        case 'retrieve':
          return this.#retrieve(request)
        case 'stash':
          return this.#stash(request)
      }
    } catch (thrown) {
      this.#outbox.postFailure({ number: request.id, name: request.type }, thrown)
    }
  }

  #put({ id, uid, name, of, outcome }: Extract<StoreRequest, { type: 'put' }>): void {
    this.#store.put({ uid, name, threadId: this.#owner.threadId }, decodeOutcome(outcome))
    // The thread says so too, unless it ends right now.
    this.#unretrieved.retrieved(of)
    this.#outbox.post({ type: 'value', id, value: undefined })
  }

  #retrieve({ id, uid }: Extract<StoreRequest, { type: 'retrieve' }>): void {
    const { name, call, outcome } = this.#store.take(uid)
    this.#outbox.post({ type: 'found', id, name })
    if (call === undefined) return this.#outbox.postOutcome({ number: id, name }, outcome)
    this.#owner.calls.set(id, call)
    call.moveTo(this.#owner, id)
  }

  #stash({ id, of, uid, defaultValue }: Extract<StoreRequest, { type: 'stash' }>): void {
    const call = this.#owner.calls.get(of)
    // No such call: its outcome and this request passed each other on the way.
    if (call !== undefined) {
      this.#owner.calls.delete(of)
      this.#store.keep(uid, call, defaultValue)
      this.#outbox.post({ type: 'stashed', id: of })
    }
    this.#outbox.post({ type: 'value', id, value: undefined })
  }
}
