/** What the programs have in common: a reactor, a pool, and books; only their servers differ. */
import type { Server } from 'node:http'
import type { Piscina } from 'piscina'
import { Reactor, type ReactorOptions, ReactorStopped } from 'rx-crochet'
import { desk } from './answer.js'
import { Books } from './books.js'

/** It never is over: what was begun has all the time that it takes, on a slow machine too, and a grace that waits for more shows. */
const grace = Number.POSITIVE_INFINITY

/** Of an application that leaves the signal to its reactor. */
export const signalled: ReactorOptions = { signals: ['SIGTERM'], stop: { grace } }

export class Application {
  readonly reactor: Reactor
  readonly books = new Books()
  readonly #pool: Piscina<number, string>

  constructor(options: ReactorOptions = {}) {
    this.reactor = new Reactor(options)
    this.reactor.expose('desk', desk)
    const filename = new URL('./worker.js', import.meta.url).href
    this.#pool = this.reactor.createPool({ filename, minThreads: threads, maxThreads: threads })
    process.once('exit', () => this.books.print())
    // Where the signal begins it, too. It is no trigger, so it may wait for the end.
    this.reactor.shutdown$.subscribe(() => void this.stop())
  }

  /** @returns Rejects with what an application has to tell its client of, by a status. */
  answer(request: number): Promise<string> {
    this.books.submitted(request, this.reactor.state)
    return this.#pool.run(request)
  }

  async stop(): Promise<void> {
    this.books.stop = await this.reactor.stop({ grace })
  }

  /**
   * Whether a client may send its next request on the same connection. If it might while the server closes, that would wait for
   * clients that go on sending. The server's own state is the one that tells where it is closed before the reactor is stopped.
   */
  keepsAlive(server: Server): boolean {
    return server.listening && this.reactor.state === 'running'
  }
}

export const threads = 4

export function statusFor(error: unknown): number {
  return error instanceof ReactorStopped ? 503 : 500
}
