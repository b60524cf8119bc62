/** The server's own books: it alone knows which requests it has received. */
import type { Server } from 'node:http'
import type { Reactor, StopReport } from 'rx-crochet'

export interface Received {
  /** The reactor's state when the application submitted the task. Missing if the framework answered without asking it. */
  submitted?: Reactor['state']
  /** That of the answer, once all of it is in the hands of the kernel. */
  status?: number
}

/** What the program prints when it ends, as a line of JSON. */
export interface Report {
  /** By the request's number. */
  readonly received: Readonly<Record<string, Received>>
  /** Whether the server has closed, and with it each of its connections. */
  readonly hasClosed: boolean
  readonly stop?: StopReport
}

export class Books {
  stop: StopReport | undefined
  readonly #received: Record<string, Received> = {}
  #hasClosed = false
  #isPrinted = false

  /** Whatever the framework does with a request, it is noted before that. */
  watch(server: Server): void {
    server.prependListener('request', ({ url = '' }, response) => {
      const received = this.#of(url.slice(1))
      response.once('finish', () => {
        received.status = response.statusCode
      })
    })
    server.once('close', () => {
      this.#hasClosed = true
    })
  }

  submitted(request: number, state: Reactor['state']): void {
    this.#of(String(request)).submitted = state
  }

  /** Only once, wherever it is called first. */
  print(): void {
    if (this.#isPrinted) return
    this.#isPrinted = true
    const report: Report = {
      received: this.#received,
      hasClosed: this.#hasClosed,
      ...(this.stop && { stop: this.stop }),
    }
    console.log(JSON.stringify(report))
  }

  #of(request: string): Received {
    this.#received[request] ??= {}
    return this.#received[request]
  }
}
