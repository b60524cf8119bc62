import type { Request } from '../protocol/requests.js'
import type { Delivery } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'

/** Tells the reactor what becomes of the failures that came to this thread, or arose here when their calls had succeeded. */
export class Deliveries {
  readonly #tell: (request: Request) => void
  #open = 0

  constructor(tell: (request: Request) => void) {
    this.#tell = tell
  }

  /** Whether there are failures of which there is more to tell. */
  get areOpen(): boolean {
    return this.#open > 0
  }

  /** The failure of the call that has this number came. */
  received(id: number): Delivery {
    this.#open += 1
    const tell = (type: 'retrieved' | 'lost'): void => {
      this.#open -= 1
      this.#tell({ type, id })
    }
    return { retrieved: () => tell('retrieved'), lost: () => tell('lost') }
  }

  /** The reactor takes the call for a success, which it is not. */
  madeHere(id: number, name: string, error: Error): Delivery {
    this.#tell({ type: 'failed', id, name, thrown: encodeThrown(error) })
    return this.received(id)
  }
}
