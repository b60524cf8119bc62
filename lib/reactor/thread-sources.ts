import { basename } from 'node:path'
import type { Admission } from '../pool/admission.js'
import { Attachment, isPool, type ThreadSource } from '../pool/attachment.js'
import { drain, isUnderWay, keepThreads, type TerminationCause } from '../pool/drain.js'
import { Emissions } from '../pool/emissions.js'
import { isOwnPool } from '../pool/own-pools.js'
import type { Hello } from '../protocol/hello.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { LOOK } from '../protocol/sender.js'
import { CallingThread } from './calling-thread.js'
import type { ReactorContext } from './reactor-context.js'
import { list } from './services.js'
import type { Origin } from './thread-lines.js'

/** Which threads of a pool were terminated. */
const WHY: Readonly<Record<TerminationCause, (timeout: number) => string>> = {
  drainTimeout: (timeout) =>
    `of its pools' threads, still busy ${timeout} ms after their calls had ended; \`drainTimeout\` sets that bound`,
  'close of a queue': () =>
    "busy threads of a pool that the application made: it had tasks in its queue, and Piscina's close(), which drops those, ends all busy threads as soon as one is done; pools of createPool() let each finish",
}

interface Attached {
  readonly attachment: Attachment
  readonly threads: Set<CallingThread>
  /** What tells threads that the reactor has stopped. */
  readonly stopped: ConnectionMemory[]
}

/** The pools and workers attached to one reactor, and those of their threads that call. */
export class ThreadSources {
  readonly #attached = new Map<ThreadSource, Attached>()
  /** Threads of sources that were detached, which still have failures to look at. */
  readonly #detached = new Set<CallingThread>()
  readonly #context: ReactorContext
  readonly #admission: Admission
  readonly #maxPending: number
  #connections = 0
  /** States only move forward. */
  #state: 'open' | 'closing' | 'stopped' | 'released' = 'open'

  constructor(context: ReactorContext, admission: Admission, maxPending: number) {
    this.#context = context
    this.#admission = admission
    this.#maxPending = maxPending
  }

  /** Every thread that is connected. */
  *threads(): Iterable<CallingThread> {
    for (const { threads } of this.#attached.values()) yield* threads
  }

  /** Whether calls or tasks are unfinished for which a shutdown waits in its grace. */
  get holdShutdown(): boolean {
    for (const [source, { threads }] of this.#attached) {
      for (const thread of threads) if (thread.holdsShutdown) return true
      if (!isPool(source)) continue // whether a Worker has something to do but its calls nobody can tell
      // Of their calls none holds it. So one that has calls waits for the stop: it sleeps, or its one task awaits one of them.
      const runsSeveral = source.options.concurrentTasksPerWorker > 1
      let stuck = 0
      for (const thread of threads) {
        if (runsSeveral ? thread.callAsleepOn() !== undefined : thread.calls.size > 0) stuck += 1
      }
      if (isUnderWay(source, stuck)) return true
    }
    return false
  }

  has(source: object): boolean {
    // A Map may be asked for anything; what isn't a source isn't there.
    return this.#attached.has(source as ThreadSource)
  }

  attach(source: ThreadSource): void {
    const threads = new Set<CallingThread>()
    const stopped: ConnectionMemory[] = []
    const sources = this
    const attachment = new Attachment(source, {
      get isLive() {
        return sources.#state === 'open' || sources.#state === 'closing'
      },
      hello: (hello) => this.#accept(hello, source),
      malformed: (fault) => this.#context.log.warn(`Ignored a request for a connection: ${fault}`),
      closeTimedOut: () => {
        // Pools of createPool have warned before.
        if (!isOwnPool(source)) this.warnOfClose(source)
      },
      ended: () => this.detach(source),
      replaced: () => {
        for (const memory of stopped) memory.release()
      },
      wakeThreads: () => {
        for (const { memory } of threads) memory.announce()
      },
    })
    this.#attached.set(source, { attachment, threads, stopped })
    if (isPool(source)) this.#admission.attach(source)
  }

  /** Ends the connections of a source's threads, and accepts no new ones. Does nothing if it isn't attached. */
  detach(source: ThreadSource): void {
    const attached = this.#attached.get(source)
    if (attached === undefined) return
    this.#attached.delete(source)
    attached.attachment.end()
    this.#admission.detach(source)
    for (const thread of attached.threads) {
      thread.detach()
      this.#detached.add(thread)
    }
  }

  /** Wakes every thread, for this one is about to end. */
  abandon(): void {
    for (const thread of this.threads()) thread.memory.orphan()
  }

  /** The reactor is about to stop. Its pools begin no new tasks; what was begun goes on, with all its further calls. */
  close(): void {
    this.#state = 'closing'
    this.#admission.close()
    for (const thread of this.threads()) thread.memory.close()
  }

  /** Ends every connection: all threads wake at the first step, then their calls are unsubscribed. Returns how many. */
  *interrupt(reason: Error): Generator<void, number> {
    this.#state = 'stopped'
    this.#admission.interrupt()
    // Before threads wake, and are free for the next task in the queue.
    for (const source of this.#attached.keys()) {
      if (isOwnPool(source)) source.hold()
      if (isPool(source)) {
        keepThreads(source)
        Emissions.interrupt(source)
      }
    }
    // One that ends meanwhile is there no more, but its calls count.
    const all = [...this.threads()]
    for (const { threads, stopped } of this.#attached.values()) {
      for (const thread of threads) {
        thread.stop()
        stopped.push(thread.memory)
      }
    }
    let interrupted = 0
    for (const thread of all) interrupted += yield* thread.interrupt(reason)
    return interrupted
  }

  /** Drains the pools, all at once. Threads that ask for a connection meanwhile learn that it is too late. */
  async drain(timeout: number): Promise<{ drained: number; terminated: number }> {
    const pools = [...this.#attached.keys()].filter(isPool)
    const counts = { drained: 0, terminated: 0 }
    await Promise.all(
      pools.map(async (pool) => {
        try {
          const { drained, terminated, cause, dropped } = await drain(pool, timeout)
          counts.drained += drained
          counts.terminated += terminated
          this.#admission.dropped(dropped)
          if (terminated > 0) this.#context.log.warn(`stop() terminated ${terminated} ${WHY[cause](timeout)}`)
        } catch (error) {
          this.#context.log.warn('A pool could not be closed', { err: error })
        }
      }),
    )
    return counts
  }

  /**
   * Lets go of the pools and workers. But a Worker outlives the reactor: one that has not called yet is still listened to,
   * so that its first call fails at once.
   */
  release(): void {
    this.#state = 'released'
    for (const thread of this.#detached) thread.close()
    for (const [source, { attachment, threads, stopped }] of this.#attached) {
      for (const thread of threads) thread.close()
      // The application may go on using a pool of its own.
      if (!isOwnPool(source)) this.#admission.detach(source)
      if (isPool(source)) attachment.end()
      else if (stopped.length > 0) attachment.deafen()
    }
  }

  /** The application closes a pool. That waits for its tasks, so it is in vain while these wait for calls. */
  warnOfClose(pool: ThreadSource): void {
    const asleep = [...(this.#attached.get(pool)?.threads ?? [])].flatMap((thread) => thread.callAsleepOn() ?? [])
    if (asleep.length === 0) return
    const calls = list(new Set(asleep.map(({ name }) => name)))
    this.#context.log.warn(
      `close() of a pool waits for its threads, of which ${asleep.length} sleep in calls (${calls}), and terminates them when its closeTimeout has passed; ` +
        'call stop() of the reactor instead: it wakes them first, and then closes its pools',
    )
  }

  /** What threads have not looked at by now is lost. */
  loseFailures(): void {
    for (const thread of [...this.threads(), ...this.#detached]) thread.loseFailures()
  }

  /** Reads all that threads have sent so far. */
  readRest(): void {
    for (const thread of [...this.threads(), ...this.#detached]) thread.readRest()
  }

  #accept(hello: Hello, source: ThreadSource): void {
    const attached = this.#attached.get(source)
    if (attached === undefined) return
    if (this.#state !== 'open' && this.#state !== 'closing') {
      hello.memory.stop()
      hello.memory.leave() // nobody listens to what it has to say
      hello.port.postMessage(LOOK)
      hello.port.close()
      attached.stopped.push(hello.memory)
      if (this.#state === 'released') attached.attachment.deafen()
    } else if (hello.memory.attach(this.#maxPending, this.#context.vigil.spin)) {
      this.#connections += 1
      const gone = (): void => {
        attached.threads.delete(thread)
        this.#detached.delete(thread)
      }
      const thread = new CallingThread(hello, this.#connections, originOf(source), this.#context, gone)
      attached.threads.add(thread)
      if (this.#state === 'closing') hello.memory.close()
    } else {
      this.#context.log.warn(
        `Ignored a request for a connection: thread ${hello.threadId} gave up, or was answered before`,
      )
      hello.port.close()
    }
  }
}

function originOf(source: ThreadSource): Origin {
  const filename = isPool(source) ? source.options?.filename : undefined
  return typeof filename === 'string' ? { pool: basename(filename) } : {}
}
