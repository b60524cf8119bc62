import * as clock from '../protocol/clock.js'
import { LONGEST_TIMER } from '../protocol/longest-timer.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { Phase } from '../protocol/memory/phase.js'

/** Until when a thread asks for a reactor that accepts it. */
export class ConnectDeadline {
  readonly #memory: ConnectionMemory
  readonly #asksUntil: number

  /** @param timeout - In ms, from now. */
  constructor(memory: ConnectionMemory, timeout: number) {
    this.#memory = memory
    this.#asksUntil = clock.now() + timeout
  }

  /** In ms of `clock.now()`; `Infinity` once it asks no more. */
  get at(): number {
    return this.#memory.phase === Phase.ASKED ? this.#asksUntil : Number.POSITIVE_INFINITY
  }

  get hasPassed(): boolean {
    return clock.now() >= this.at
  }

  /**
   * Calls back when it has passed: a phase that nobody moves makes no event. Doesn't keep the thread alive, for it may be that
   * nobody waits.
   */
  watch(onPassed: () => void): void {
    const left = this.at - clock.now()
    if (left === Number.POSITIVE_INFINITY) return
    const look = (): void => {
      if (this.hasPassed) onPassed()
      else this.watch(onPassed)
    }
    clock.after(Math.max(0, Math.min(left, LONGEST_TIMER)), look, { ref: false })
  }
}
