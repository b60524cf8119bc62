import type { Request } from '../protocol/requests.js'
import type { Delivery } from '../protocol/thread.js'
import { encodeThrown } from '../protocol/thrown.js'

/** Tells the reactor what becomes of the failures that came to this thread, or arose here when their calls had succeeded. */
export class Deliveries {
  readonly #tell: (request: Request) => void
  #open = 0
  /** How often it was said that nobody looks at those before. */
  #round = 0

  constructor(tell: (request: Request) => void) {
    this.#tell = tell
  }

  /** Nobody looks at any of these failures, and the reactor knows it. */
  areOver(): void {
    this.#round += 1
    this.#open = 0
  }

  /** Whether there are failures of which there is more to tell. */
  get areOpen(): boolean {
    return this.#open > 0
  }

  /** The failure of the call that has this number came. */
  received(id: number): Delivery {
    this.#open += 1
    const round = this.#round
    const tell = (type: 'retrieved' | 'lost'): void => {
      if (round !== this.#round) return
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
