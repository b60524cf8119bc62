import { ReactorThreadError, TimeoutError } from '../errors.js'
import { cut, nameOfFunction } from '../protocol/shown.js'
import { type Activity, currentActivity, runWithin } from './activity.js'
import { begunBy } from './trigger-end.js'
import { endsWithin } from './within.js'

/** In the order in which `stop()` comes to them. */
export const PHASES = ['before', 'during', 'after'] as const
/**
 * When a shutdown trigger runs: `before` anything has changed, while calls and tasks work, new ones too; `during` the shutdown,
 * when no call is unfinished and the pools are still to drain; `after` all else.
 */
export type ShutdownPhase = (typeof PHASES)[number]

/** A function that the application wants called at the shutdown. */
export class Trigger implements Activity {
  readonly kind = 'trigger'
  readonly owner: object
  /** As messages name it. */
  readonly name: string
  readonly #fn: () => unknown
  readonly #timeout: number
  #outer: Activity | undefined
  #isOver = false

  /**
   * @param owner - The reactor, as its calls name it.
   * @param timeout - In ms.
   * @param site - Where it was registered.
   */
  constructor(owner: object, phase: ShutdownPhase, fn: () => unknown, timeout: number, site: string) {
    this.owner = owner
    this.name = `onShutdown('${phase}', ${cut(nameOfFunction(fn)) || '…'})${site}`
    this.#fn = fn
    this.#timeout = timeout
  }

  get isUnfinished(): boolean {
    return !this.#isOver
  }

  get outer(): Activity | undefined {
    return this.#outer
  }

  /**
   * Resolves when what it begins is done; rejects if that fails, or takes too long.
   *
   * @param teardownFailed - Called when what it has begun throws as it is left, because it takes too long.
   */
  async run(teardownFailed: (error: unknown) => void): Promise<void> {
    this.#outer = currentActivity()
    try {
      // An Observable begins its work when it is subscribed: that is the trigger's, too.
      const isInTime = runWithin(this, () => {
        const begun = begunBy(this.#fn(), teardownFailed)
        return begun === undefined || endsWithin(this.#timeout, begun)
      })
      if (await isInTime) return
      throw new TimeoutError(`It was not done within ${this.#timeout} ms; \`timeout\` of onShutdown() sets that bound`)
    } finally {
      this.#isOver = true
    }
  }

  /** Why it may not ask for the stop that waits for it. */
  waitsForItself(): ReactorThreadError {
    return new ReactorThreadError(
      `stop() was called within a trigger of the shutdown, and would wait for itself: ${this.name}; the shutdown is under way, so leave that call out there, or make it only while \`state\` is 'running'`,
    )
  }
}
