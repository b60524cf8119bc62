/** In ms. To wake a thread at the beginning of its turn takes some 0.1. */
const TURN = 3

/** Who of those that want the loop all the time has it, for a while each. */
export class Turns<T> {
  readonly #most: number
  /** Whose turn it is, and until when, in ms of `performance.now()`. */
  readonly #ends = new Map<T, number>()

  /** @param most - How many may have it at a time. */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether as many have it as may. */
  get areTaken(): boolean {
    return this.#ends.size >= this.#most
  }

  get holders(): Iterable<T> {
    return this.#ends.keys()
  }

  has(one: T): boolean {
    return this.#ends.has(one)
  }

  /** Returns whether there was a turn to take. */
  take(one: T, now: number): boolean {
    if (this.areTaken) return false
    this.#ends.set(one, now + TURN)
    return true
  }

  leave(one: T): void {
    this.#ends.delete(one)
  }

  /** Ends those that have lasted long enough. */
  end(now: number): void {
    for (const [one, end] of this.#ends) if (now >= end) this.#ends.delete(one)
  }
}
