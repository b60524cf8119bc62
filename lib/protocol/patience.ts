import { shown } from './shown.js'

export interface SpinOptions {
  /**
   * Whether a thread that waits for a call, and the loop that waits for the next one, look for it for a moment before they
   * sleep: for at most 0.05 and 0.1 ms, and only as long as that pays. It makes short calls several times faster. Default: `true`.
   */
  spin?: boolean
}

/** @throws TypeError that names the option. */
export function spinOf({ spin = true }: SpinOptions): boolean {
  if (typeof spin !== 'boolean') throw new TypeError(`options.spin is \`${shown(spin)}\`; it must be true or false`)
  return spin
}

/** In ms: about what the kernel takes to wake a thread on another core. */
const WAKE_UP = 0.05
/** Looks in vain, less those that were not, after which a side sleeps at once for a while. */
const MOST_MISSES = 3
/** Of a while, in waits: it is twice as long each time, and after each look that was not in vain half as long. */
const SHORTEST_WHILE = 8
const LONGEST_WHILE = 8_192
/** Waits of the last while for each look in vain after it: which so are 1 in that many, at the most. */
const WAITS_A_MISS = 128
/** Sleeps in a row that must have cost a wake-up to end a while. */
const COSTLY_SLEEPS = 8

/**
 * How long a side looks for what it waits for before it sleeps.
 *
 * What a short call costs is not the call but the kernel's wake-up, so looking for about as long pays when what is waited
 * for comes meanwhile. When it doesn't, looking burns a core that others want. It is worst when the kernel has put both
 * sides on one core: then who looks keeps the other from doing what is looked for, a call takes ten times as long as with
 * two sides that sleep, and those two sleep so well on one core that the kernel sees no reason to part them. So
 *
 * - a side that looks in vain sleeps at once for a while, and longer each time;
 * - when sleeps cost a wake-up that looking may save, which on one core they don't, the while is over;
 * - after it the side looks in vain the more often the longer it was, for the kernel only parts two that both run; or once,
 *   if what it waits for takes longer than a look anyway.
 */
export class Patience {
  /** How long to look if it pays, in ms. */
  readonly longest: number
  #misses = 0
  #while = SHORTEST_WHILE
  /** Waits until the end of the while. */
  #left = 0
  #costlySleeps = 0
  /** Whether the last sleep was longer than any look. */
  #isSlow = false

  /** @param wakeUps - How long to look, in wake-ups. */
  constructor(wakeUps: number) {
    this.longest = wakeUps * WAKE_UP
  }

  /** How long to look, this time, in ms; 0 for not at all. */
  get ms(): number {
    return this.#left > 0 ? 0 : this.longest
  }

  /** It looked, and what was waited for was there when that many ms had passed. */
  found(ms: number): void {
    // Whoever looks for longer than it may was not running: on one core, because the other was.
    if (ms > this.longest) return this.missed()
    this.#isSlow = false
    if (this.#misses > 0) this.#misses -= 1
    this.#while = Math.max(SHORTEST_WHILE, this.#while / 2)
  }

  /** It looked in vain. */
  missed(): void {
    this.#misses += 1
    if (this.#misses < (this.#isSlow ? 1 : Math.max(MOST_MISSES, this.#while / WAITS_A_MISS))) return
    this.#misses = 0
    this.#costlySleeps = 0
    this.#left = this.#while
    this.#while = Math.min(LONGEST_WHILE, this.#while * 2)
  }

  /** It slept at once, and what was waited for came after that many ms, of which a wake-up may be the last. */
  slept(ms: number): void {
    // Then it would not have been there for a look.
    this.#isSlow = ms > this.longest + 2 * WAKE_UP
    if (!this.#isSlow) this.#costlySleeps = ms > WAKE_UP / 2 ? this.#costlySleeps + 1 : 0
    this.#left = this.#costlySleeps < COSTLY_SLEEPS ? this.#left - 1 : 0
  }
}
