import { Patience } from '../protocol/patience.js'

/** Where messages come in. */
export interface Watched {
  /** Whether one has come. */
  readonly hasMore: boolean
  /** Reads them. */
  wake(): void
  /** From now on it is told when one has come. */
  sleep(): void
}

/**
 * Looks out for messages for a while after the last one, once in each round of the loop: as long as the loop doesn't sleep,
 * nobody has to wake it. It doesn't wait: whatever else the loop has to do, it does, and so it does when there are none.
 */
export class Vigil {
  readonly #patience = new Patience()
  readonly #watched = new Set<Watched>()
  /** In ms of `performance.now()`. */
  #end = 0
  #isUnderWay = false
  readonly #maySpin: boolean

  /** @param maySpin - If not, nobody is watched at all. */
  constructor(maySpin: boolean) {
    this.#maySpin = maySpin
  }

  /** All that had come is read. */
  watch(watched: Watched): void {
    const ms = this.#maySpin ? this.#patience.ms : 0
    if (ms === 0) return watched.sleep()
    this.#end = performance.now() + ms
    this.#watched.add(watched)
    if (this.#isUnderWay) return
    this.#isUnderWay = true
    setImmediate(this.#look)
  }

  readonly #look = (): void => {
    try {
      this.#lookOnce()
    } finally {
      // Also when what they were woken for threw: the error is the process's to report, but nobody else may be forgotten.
      this.#isUnderWay = this.#watched.size > 0
      if (this.#isUnderWay) setImmediate(this.#look)
    }
  }

  #lookOnce(): void {
    const awake = [...this.#watched].filter((watched) => watched.hasMore)
    if (awake.length > 0) this.#patience.paid()
    for (const watched of awake) {
      this.#watched.delete(watched)
      watched.wake()
    }
    if (awake.length === 0 && performance.now() >= this.#end) this.#giveUp()
  }

  #giveUp(): void {
    this.#patience.wasInVain()
    for (const watched of [...this.#watched]) {
      this.#watched.delete(watched)
      watched.sleep()
    }
  }
}
