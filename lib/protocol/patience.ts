export interface SpinOptions {
  /**
   * Whether a thread that waits for a call, and the loop that waits for the next one, look for it for a moment before they
   * sleep: for at most 0.05 ms, and only as long as that pays. It makes short calls several times faster. Default: `true`.
   */
  spin?: boolean
}

/** @throws TypeError that names the option. */
export function spinOf({ spin = true }: SpinOptions): boolean {
  if (typeof spin !== 'boolean') throw new TypeError(`options.spin is \`${String(spin)}\`; it must be true or false`)
  return spin
}

/** In ms: a little more than what the kernel takes to wake a thread on another core. */
const LONGEST = 0.05
/** In ms. Shorter is too short for any call. */
const SHORTEST = 0.005
/** After this many waits without a look one is tried: calls may have become short. So rare that it is not felt in the p99. */
const WAITS_BEFORE_NEXT_TRY = 128

/**
 * How long a side looks for what it waits for before it sleeps.
 *
 * What a short call costs is not the call but the kernel's wake-up, so looking for about as long pays when what is waited
 * for comes meanwhile; otherwise it burns a core that others want. So each look that was in vain halves the next, down to
 * none, and one that paid restores it.
 */
export class Patience {
  readonly #longest: number
  #ms: number
  #waitsWithout = 0

  /** @param times - By how much longer to look than what a wake-up takes. */
  constructor(times = 1) {
    this.#longest = times * LONGEST
    this.#ms = this.#longest
  }

  /** How long to look, this time, in ms; 0 for not at all. */
  get ms(): number {
    if (this.#ms > 0) return this.#ms
    this.#waitsWithout = (this.#waitsWithout + 1) % WAITS_BEFORE_NEXT_TRY
    return this.#waitsWithout === 0 ? this.#longest : 0
  }

  /** Looking found something. */
  paid(): void {
    this.#ms = this.#longest
  }

  /** Looking found nothing. */
  wasInVain(): void {
    const half = this.#ms / 2
    this.#ms = half < SHORTEST ? 0 : half
  }
}
