/** How many looks in a row have to be in vain at the least: a loop that has much to do may miss a beat or two. */
const FEWEST_LOOKS = 4

/**
 * Whether a loop turns, as a thread finds that looks at its beats from time to time: a loop that turns beats more often than
 * somebody looks.
 *
 * It counts looks, and no ms between beats. A process that was suspended, or had no core, beats no more than it looks: that
 * is one look in vain, however long it was, and the next one finds a beat.
 */
export class Pulse {
  /** How many looks in a row have to be in vain. */
  readonly longest: number
  #beats = 0
  /** Looks in a row that found none. */
  #missed = 0

  /** @param looks - How many looks in vain are borne; `Infinity` for all. */
  constructor(looks: number) {
    this.longest = Math.max(FEWEST_LOOKS, Math.ceil(looks))
  }

  /** Whether the loop has ever turned. */
  get hasBeaten(): boolean {
    return this.#beats !== 0
  }

  get isLost(): boolean {
    return this.#missed >= this.longest
  }

  /** @param beats - How often the loop has beaten until now; it may wrap. */
  look(beats: number): void {
    this.#missed = beats === this.#beats ? this.#missed + 1 : 0
    this.#beats = beats
  }
}
