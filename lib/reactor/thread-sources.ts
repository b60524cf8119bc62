import { CancelledError } from '../errors.js'
import { Attachment, isPool, type ThreadSource } from '../pool/attachment.js'
import { type DrainReport, drain } from '../pool/drain.js'
import type { Gate } from '../pool/gate.js'
import { type Hello, writeAnswer } from '../protocol/messages.js'
import type { CallContext } from './call.js'
import { CallingThread } from './calling-thread.js'

interface Attached {
  readonly attachment: Attachment
  readonly gate: Gate | undefined
  readonly threads: Set<CallingThread>
}

/** The pools and workers attached to one reactor, and those of their threads that call. */
export class ThreadSources {
  readonly #attached = new Map<ThreadSource, Attached>()
  readonly #context: CallContext
  readonly #maxPending: number
  #connections = 0
  #stopped = false

  constructor(context: CallContext, maxPending: number) {
    this.#context = context
    this.#maxPending = maxPending
  }

  /** Every thread that is connected. */
  *threads(): Iterable<CallingThread> {
    for (const { threads } of this.#attached.values()) yield* threads
  }

  has(source: object): boolean {
    // A Map may be asked for anything; what isn't a source isn't there.
    return this.#attached.has(source as ThreadSource)
  }

  /** @param gate - What holds back the tasks of a pool during its drain, if there is such a thing. */
  attach(source: ThreadSource, gate?: Gate): void {
    const threads = new Set<CallingThread>()
    const sources = this
    const attachment = new Attachment(source, {
      get isLive() {
        return !sources.#stopped
      },
      hello: (hello) => this.#accept(hello, threads),
      malformed: (fault) => this.#context.log.warn(`Ignored a request for a connection: ${fault}`),
      ended: () => this.detach(source),
    })
    this.#attached.set(source, { attachment, gate, threads })
  }

  /** Ends the connections of a source's threads, and accepts no new ones. Does nothing if it isn't attached. */
  detach(source: ThreadSource): void {
    const attached = this.#attached.get(source)
    if (attached === undefined) return
    this.#attached.delete(source)
    attached.attachment.end()
    for (const thread of attached.threads) {
      thread.memory.detach()
      thread.cancelAll(new CancelledError(`Thread ${thread.threadId} was detached from the reactor`))
      thread.close()
    }
  }

  /**
   * Ends every connection: all threads wake first, then their calls are unsubscribed.
   *
   * @returns How many calls had no outcome.
   */
  stop(reason: Error): number {
    this.#stopped = true
    const threads = [...this.threads()]
    for (const thread of threads) thread.memory.stop()
    let interrupted = 0
    for (const thread of threads) {
      interrupted += thread.cancelAll(reason)
      thread.close()
    }
    return interrupted
  }

  /** Drains the pools, all at once. From then on threads that ask for a connection learn that it is too late. */
  async drain(timeout: number): Promise<DrainReport> {
    const drains = [...this.#attached].map(([source, { gate }]) => isPool(source) && drain(source, gate, timeout))
    const reports = (await Promise.all(drains)).filter((report) => report !== false)
    return {
      drained: reports.reduce((sum, { drained }) => sum + drained, 0),
      terminated: reports.reduce((sum, { terminated }) => sum + terminated, 0),
    }
  }

  #accept(hello: Hello, threads: Set<CallingThread>): void {
    if (this.#stopped) {
      hello.memory.stop()
      hello.port.postMessage(writeAnswer({ type: 'phase moved' }))
      hello.port.close()
    } else if (hello.memory.attach(this.#maxPending)) {
      this.#connections += 1
      const gone = (): void => void threads.delete(thread)
      const thread = new CallingThread(hello, this.#connections, this.#context, gone)
      threads.add(thread)
    } else {
      this.#context.log.warn(
        `Ignored a request for a connection: thread ${hello.threadId} gave up, or was answered before`,
      )
      hello.port.close()
    }
  }
}
