/** In ms. To wake a thread at the beginning of its turn takes some 0.1. */
const TURN = 3
/** In ms a message. Threads that sleep at once, all at a time, do as well if those in turns take longer. */
const SLOW = 0.02
/** Slow turns, less those that were not, after which there are none for a while. */
const MOST_SLOW = 8
/** In ms. */
const BREAK = 400

interface Turn {
  /** In ms of `clock.now()`. */
  readonly since: number
  messages: number
}

/**
 * Who of those that want the loop all the time has it, for a while each.
 *
 * Turns spare wake-ups, but have everybody else wait. That doesn't pay where threads do something else between two calls,
 * or don't get the cores that turns count on, as other processes have them. So after slow turns there are none for a while.
 */
export class Turns<T> {
  readonly #most: number
  readonly #turns = new Map<T, Turn>()
  #slow = 0
  #breakUntil = 0

  /** @param most - How many may have it at a time. */
  constructor(most: number) {
    this.#most = most
  }

  /** Whether as many have it as may. */
  get areTaken(): boolean {
    return this.#turns.size >= this.#most
  }

  get holders(): Iterable<T> {
    return this.#turns.keys()
  }

  has(one: T): boolean {
    return this.#turns.has(one)
  }

  /** Returns whether there was a turn to take. */
  take(one: T, now: number): boolean {
    if (this.areTaken) return false
    this.#turns.set(one, { since: now, messages: 0 })
    return true
  }

  /** A message of its was read. */
  count(one: T): void {
    const turn = this.#turns.get(one)
    if (turn !== undefined) turn.messages += 1
  }

  leave(one: T): void {
    this.#turns.delete(one)
  }

  /** Ends those that have lasted long enough. */
  end(now: number): void {
    for (const [one, { since, messages }] of this.#turns) {
      if (now - since < TURN) continue
      this.#turns.delete(one)
      this.#judge(messages * SLOW < TURN, now)
    }
  }

  /** Whether there are none now. */
  isBreak(now: number): boolean {
    return now < this.#breakUntil
  }

  #judge(isSlow: boolean, now: number): void {
    this.#slow = Math.max(0, this.#slow + (isSlow ? 1 : -1))
    if (this.#slow < MOST_SLOW) return
    this.#slow = 0
    this.#breakUntil = now + BREAK
  }
}
