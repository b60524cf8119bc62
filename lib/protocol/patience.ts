export interface SpinOptions {
  /**
   * Whether a thread that waits for a call, and the loop that waits for the next one, look for it for a moment before they
   * sleep: for at most 0.05 and 0.1 ms, and only as long as that pays. It makes short calls several times faster. Default: `true`.
   */
  spin?: boolean
}

/** @throws TypeError that names the option. */
export function spinOf({ spin = true }: SpinOptions): boolean {
  if (typeof spin !== 'boolean') throw new TypeError(`options.spin is \`${String(spin)}\`; it must be true or false`)
  return spin
}

/** In ms: about what the kernel takes to wake a thread on another core. */
const WAKE_UP = 0.05
/** In ms. Shorter is too short for any call. */
const SHORTEST = 0.005

/**
 * How long a side looks for what it waits for before it sleeps.
 *
 * What a short call costs is not the call but the kernel's wake-up, so looking for about as long pays when what is waited
 * for comes meanwhile; otherwise it burns a core that others want. So each wait that was longer halves the next look, down
 * to none; and one that was short enough, be it in sleep, restores it.
 */
export class Patience {
  readonly #longest: number
  #ms: number

  /** @param wakeUps - How long to look at the most, in wake-ups. */
  constructor(wakeUps: number) {
    this.#longest = wakeUps * WAKE_UP
    this.#ms = this.#longest
  }

  /** How long to look, this time, in ms; 0 for not at all. */
  get ms(): number {
    return this.#ms
  }

  /** What was waited for came after so many ms. Of those a wake-up may be the last. */
  waited(ms: number): void {
    const half = this.#ms / 2
    if (ms <= this.#longest + WAKE_UP) this.#ms = this.#longest
    else this.#ms = half < SHORTEST ? 0 : half
  }
}
