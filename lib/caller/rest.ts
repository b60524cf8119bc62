import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
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
    const start = performance.now()
    const look = this.#memory.maySpin ? Math.min(ms, this.#patience.ms) : 0
    if (look > 0 && this.#memory.watch(seen, look)) this.#patience.found(performance.now() - start)
    else this.#sleep(start, look, () => this.#memory.sleep(seen, ms - look, callId))
    this.#memory.isPatient = this.#patience.ms > 0
  }

  #sleep(start: number, look: number, sleep: () => void): void {
    // How long a thread waits that may not look says nothing about its calls: others are called first.
    const mayLook = this.#memory.maySpin
    sleep()
    if (!mayLook) return
    if (look > 0) this.#patience.missed()
    else this.#patience.slept(performance.now() - start)
  }
}
