/** Looks at the memory that fit into some 35 µs: a little less than what the kernel takes to wake a thread on another core. */
const MOST_LOOKS = 8_000
/** Fewer are too short for any call. */
const FEWEST_LOOKS = 1_000
/** After this many waits without a look one is tried: calls may have become short. So rare that it is not felt in the p99. */
const WAITS_BEFORE_NEXT_TRY = 128

/**
 * How long a thread looks for news before it sleeps.
 *
 * What a short call costs is not the call but the kernel's wake-up, so looking for about as long pays when the answer
 * comes while the thread looks; otherwise it burns a core that others want. So each look that was in vain halves the
 * next, down to none, and one that paid restores it.
 */
export class Patience {
  #looks = MOST_LOOKS
  #waitsWithout = 0

  /** How often to look, this time. */
  get looks(): number {
    if (this.#looks > 0) return this.#looks
    this.#waitsWithout = (this.#waitsWithout + 1) % WAITS_BEFORE_NEXT_TRY
    return this.#waitsWithout === 0 ? MOST_LOOKS : 0
  }

  /** Looking found something. */
  paid(): void {
    this.#looks = MOST_LOOKS
  }

  /** Looking found nothing, and the thread had to sleep. */
  wasInVain(): void {
    const half = Math.floor(this.#looks / 2)
    this.#looks = half < FEWEST_LOOKS ? 0 : half
  }
}
