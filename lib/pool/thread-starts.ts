import * as clock from '../protocol/clock.js'
import { type PoolOptions, pathOf } from './options.js'
import { tellInherited, tellThreadsOf } from './pool-files.js'
import { RUNNER } from './run-whole.js'

/** Of a pool's options, what Piscina reads when it starts a thread: which function it has that load before it is ready. */
interface Loads {
  filename: string | null
  name: string
}

/**
 * What the threads of a pool load when they are started: our runner, which loads the function of the pool's tasks, and keeps a
 * failure for the tasks. By itself Piscina has a thread load that function, and a failure there ends the thread, and then the
 * process.
 *
 * Piscina starts threads while a pool is made or a task is submitted; where a thread ends; and after its load balancer has found
 * no thread. For these moments its options name our runner, and threads are told what to load.
 */
export class ThreadStarts {
  readonly #path: string | undefined
  readonly #name: string
  #pool: Loads | undefined
  #areEarly = true
  #depth = 0

  constructor({ filename, name }: PoolOptions) {
    const areRight = typeof filename === 'string' && typeof (name ?? '') === 'string'
    // Piscina takes an empty one for none, and refuses what is wrong.
    this.#path = areRight && filename !== '' ? pathOf(filename) : undefined
    this.#name = name ?? 'default'
  }

  /** The function of the pool's tasks. */
  get task(): { readonly filename: string | null; readonly name: string } {
    return { filename: this.#path ?? null, name: this.#name }
  }

  /** What Piscina is to read when the pool is made. */
  get first(): Partial<Loads> {
    return this.#path === undefined || RUNNER === undefined ? {} : { filename: RUNNER, name: 'early' }
  }

  /** Whether threads load the function of the pool's tasks before they are ready. */
  get areEarly(): boolean {
    return this.#areEarly && this.#path !== undefined && RUNNER !== undefined
  }

  /** From now on threads load it when a task needs it: one of them has come to nothing otherwise. */
  stopLoadingEarly(): void {
    this.#areEarly = false
  }

  /** The pool has been made: its options are as the application gave them, but for those moments. */
  made(pool: Loads): void {
    this.#pool = pool
    this.#show(pool)
  }

  /** Threads may be started meanwhile. */
  during<T>(start: () => T): T {
    this.#open()
    try {
      return start()
    } finally {
      this.#close()
    }
  }

  /** Threads may be started until this turn gives way to others. */
  untilTurnEnds(): void {
    this.#open()
    clock.afterThis(() => this.#close())
  }

  #open(): void {
    const path = this.#path
    this.#depth += 1
    tellThreadsOf(path, path !== undefined && this.areEarly ? { path, name: this.#name } : undefined)
    if (this.#pool !== undefined) Object.assign(this.#pool, this.first)
  }

  #close(): void {
    this.#depth -= 1
    if (this.#depth > 0) return
    tellInherited()
    if (this.#pool !== undefined) this.#show(this.#pool)
  }

  #show(pool: Loads): void {
    if (this.#path === undefined) return
    pool.filename = this.#path
    pool.name = this.#name
  }
}
