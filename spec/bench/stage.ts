import { setTimeout as sleep } from 'node:timers/promises'
import type { Piscina } from 'piscina'

/** In ms; each thread's code has to be compiled first, and that while all the others' is. */
const WARM_UP = 1_000

const PHASE = 0
const ARRIVED = 1
const WORDS = 2

const WARMING_UP = 0
const MEASURED = 1
const OVER = 2

/** What several threads are told while they do the same: when it counts, and when it is over. */
export class Stage {
  /** @param words - Those of the stage's other side, in a thread: the phase, written by the main thread; who has arrived. */
  constructor(readonly words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT))) {}

  get isMeasured(): boolean {
    return Atomics.load(this.words, PHASE) === MEASURED
  }

  get isOver(): boolean {
    return Atomics.load(this.words, PHASE) === OVER
  }

  /** Says that a thread has begun. */
  arrive(): void {
    Atomics.add(this.words, ARRIVED, 1)
  }

  /**
   * Has all threads of a pool run a task at once, warm, while `measure` does.
   *
   * @param task - Gets the stage's words. It must arrive, and end when the stage is over.
   * @returns What was measured, and what the tasks have returned.
   */
  async run<Measured, Result>(
    pool: Piscina,
    task: string,
    measure: () => Promise<Measured>,
  ): Promise<{ measured: Measured; results: Result[] }> {
    Atomics.store(this.words, PHASE, WARMING_UP)
    const threads = pool.options.maxThreads
    // None ends before the stage is over, so each has a thread of its own.
    const tasks = Promise.all(
      Array.from({ length: threads }, (): Promise<Result> => pool.run(this.words, { name: task })),
    )
    try {
      // One that fails doesn't arrive.
      await Promise.race([this.#all(threads), tasks])
      await sleep(WARM_UP)
      Atomics.store(this.words, PHASE, MEASURED)
      const measured = await measure()
      Atomics.store(this.words, PHASE, OVER)
      return { measured, results: await tasks }
    } finally {
      Atomics.store(this.words, PHASE, OVER)
    }
  }

  async #all(threads: number): Promise<void> {
    while (Atomics.load(this.words, ARRIVED) < threads && !this.isOver) await sleep(10)
  }
}
