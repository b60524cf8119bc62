import type { Worker } from 'node:worker_threads'

/** Piscina's first word from a thread has that: it is ready. */
const READY = '_WORKER_READY'

/**
 * Called before Piscina hears of it: a thread has ended before it was ready.
 *
 * @param cause - What it died of.
 * @param wasEarly - Whether it was to load the function of the pool's tasks then.
 */
type Died = (cause: unknown, wasEarly: boolean) => void

/** The threads of a pool that are not ready yet, as Piscina doesn't tell of those that it starts with the pool. */
export class Newcomers {
  readonly #known = new WeakSet<Worker>()
  readonly #starting = new Set<Worker>()
  readonly #died: Died

  constructor(died: Died) {
    this.#died = died
  }

  get count(): number {
    return this.#starting.size
  }

  /** @param areEarly - Whether the new ones load the function of the pool's tasks before they are ready. */
  watch(threads: readonly Worker[], areEarly: boolean): void {
    for (const thread of threads) {
      if (this.#known.has(thread)) continue
      this.#known.add(thread)
      this.#watch(thread, areEarly)
    }
  }

  /** Piscina has terminated a thread, or it hears now that one has ended. */
  destroyed(threadId: number): void {
    // One that has ended has no id any more, and is told of by its own event.
    if (threadId < 0) return
    for (const thread of this.#starting) if (thread.threadId === threadId) this.#starting.delete(thread)
  }

  #watch(thread: Worker, isEarly: boolean): void {
    this.#starting.add(thread)
    const onMessage = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !(READY in message)) return
      this.#starting.delete(thread)
      forget()
    }
    const died = (cause: unknown): void => {
      forget()
      if (this.#starting.delete(thread)) this.#died(cause, isEarly)
    }
    const onExit = (code: number): void => died(new Error(`worker exited with code: ${code}`))
    const forget = (): void => void thread.off('message', onMessage).off('error', died).off('exit', onExit)
    thread.on('message', onMessage).prependListener('error', died).prependListener('exit', onExit)
  }
}
