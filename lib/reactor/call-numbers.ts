/** A call that was sent, but could not be read. */
export interface LostCall {
  readonly id: number
  readonly cause: unknown
}

const NONE: readonly LostCall[] = []

/**
 * The numbers of one thread's calls, which come one by one. A number that is left out belongs to a call that could not be
 * read, if there was a message like that; otherwise whoever sent it is a stranger.
 *
 * A message that cannot be read may be a stranger's too. So the thread is asked how many calls it has sent: when its reply
 * comes, which is behind them, what is missing was lost.
 */
export class CallNumbers {
  #last = 0
  readonly #causes: unknown[] = []
  #repliesToCome = 0

  get last(): number {
    return this.#last
  }

  /** A message could not be read, and the thread is being asked. */
  expectReply(cause: unknown): void {
    this.#causes.push(cause)
    this.#repliesToCome += 1
  }

  /** A call has come. Returns those that were lost before it; `undefined` if the number is wrong. */
  take(id: number): readonly LostCall[] | undefined {
    if (id === this.#last + 1) {
      this.#last = id
      return NONE
    }
    if (id <= this.#last) return undefined
    const lost = this.#loseUpTo(id - 1)
    if (lost !== undefined) this.#last = id
    return lost
  }

  /** The thread's reply has come. Returns what was lost; `undefined` if there was no question, or the number is wrong. */
  takeReply(upTo: number): readonly LostCall[] | undefined {
    if (this.#repliesToCome === 0) return undefined
    const lost = this.#loseUpTo(upTo)
    if (lost === undefined) return undefined
    this.#repliesToCome -= 1
    if (this.#repliesToCome === 0) this.#causes.length = 0
    return lost
  }

  #loseUpTo(id: number): LostCall[] | undefined {
    const count = id - this.#last
    if (count < 0 || count > this.#causes.length) return undefined
    const lost = this.#causes.splice(0, count).map((cause, index) => ({ id: this.#last + 1 + index, cause }))
    this.#last = id
    return lost
  }
}
