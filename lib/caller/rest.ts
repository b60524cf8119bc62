import * as clock from '../protocol/clock.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { Spin } from '../protocol/memory/spin.js'
import { Patience } from '../protocol/patience.js'

/** In wake-ups. */
const LOOK = 1

/** How a thread waits for news of its reactor: it looks for a moment, and then sleeps. */
export class Rest {
  readonly #memory: ConnectionMemory
  readonly #patience = new Patience(LOOK)

  constructor(memory: ConnectionMemory) {
    this.#memory = memory
  }

  /**
   * Until there is news; or for `ms`, or for nothing.
   *
   * @param seen - `news` as it was before the thread last looked for messages.
   * @param callId - The call that the thread waits for.
   */
  untilNews(seen: number, ms: number, callId: number): void {
    switch (this.#memory.spin) {
      case Spin.NEVER:
        return this.#memory.sleep(seen, ms, callId)
      case Spin.ALWAYS:
        if (!this.#memory.watch(seen, Math.min(ms, this.#patience.longest))) this.#memory.sleep(seen, ms, callId)
        return
      case Spin.IF_IT_PAYS:
        return this.#untilNews(seen, ms, callId)
    }
  }

  /** Learns from how long it takes whether it pays to look. */
  #untilNews(seen: number, ms: number, callId: number): void {
    const start = clock.now()
    const look = Math.min(ms, this.#patience.ms)
    const isFound = look > 0 && this.#memory.watch(seen, look)
    // How long a thread waits that may no longer look says nothing about its calls: others are called first.
    const mayLook = this.#memory.spin !== Spin.NEVER
    if (!isFound) this.#memory.sleep(seen, ms - look, callId)
    if (isFound) this.#patience.found(clock.now() - start)
    else if (mayLook && look > 0) this.#patience.missed()
    else if (mayLook) this.#patience.slept(clock.now() - start)
    this.#memory.isPatient = this.#patience.ms > 0
  }
}
