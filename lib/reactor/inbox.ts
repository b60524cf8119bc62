import type { MessagePort } from 'node:worker_threads'
import * as clock from '../protocol/clock.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import type { Spin } from '../protocol/memory/spin.js'
import { type Received, Receiver } from '../protocol/receiver.js'
import type { MainLoopScheduler } from './main-loop-scheduler.js'
import type { Vigil, Watched } from './vigil.js'

export interface InboxListener {
  /** Whether calls that came are unfinished. */
  hasUnfinished(): boolean
  receive(message: unknown): void
  /** A message came that could not be read; or `receive` threw, which is told here, and ends neither a turn nor the rest. */
  unreadable(cause: unknown): void
}

/**
 * The messages of a thread, read one at a time, each in a turn on the main-loop scheduler. So they stay where they are until
 * their turn comes, and the flood of one thread doesn't hold up another thread, nor the loop.
 *
 * ```
 * asleep ──an event of the port──▶ taking turns ──none is left──▶ watched ──in vain──▶ asleep
 *                                       ▲                            │
 *                                       └──────────a message─────────┘
 * ```
 */
export class Inbox implements Watched {
  readonly #port: MessagePort
  readonly #memory: ConnectionMemory
  readonly #receiver: Receiver
  readonly #mainLoop: MainLoopScheduler
  readonly #vigil: Vigil
  readonly #listener: InboxListener
  #isInLine = false
  /** What was looked at before its turn. */
  #ahead: Received | undefined
  #emptyAt = clock.now()
  /** The port hands out nothing by itself. */
  #isPaused = false
  #isClosed = false

  constructor(
    port: MessagePort,
    memory: ConnectionMemory,
    { mainLoop, vigil }: { mainLoop: MainLoopScheduler; vigil: Vigil },
    listener: InboxListener,
  ) {
    this.#port = port
    this.#memory = memory
    this.#receiver = new Receiver(port, memory.requests)
    this.#mainLoop = mainLoop
    this.#vigil = vigil
    this.#listener = listener
    port.on('messageerror', (cause) => listener.unreadable(cause))
    port.once('close', () => this.#receiver.portClosed())
    this.#listen()
  }

  /** Whether messages may wait for their turns. */
  get hasMore(): boolean {
    return this.#isInLine || this.#ahead !== undefined || this.#receiver.hasMore
  }

  /** When nothing was left to be read, in ms of `clock.now()`: what has been read since came later. */
  get emptyAt(): number {
    return this.#emptyAt
  }

  /** The message behind the one that is received right now, if it has come; its turn is still to come. */
  lookAhead(): unknown {
    this.#ahead ??= this.#next()
    return this.#ahead?.message
  }

  /** Reads all that has come, one a step and not in turns. */
  *rest(): Generator<void, void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#receive(next.message)
      yield
    }
  }

  /** Takes turns until all is read. */
  wake(): void {
    if (this.#isInLine) return
    this.#memory.requests.isWatched = true
    this.#lineUp()
  }

  get hasUnfinished(): boolean {
    return this.#listener.hasUnfinished()
  }

  get isPatient(): boolean {
    return this.#memory.isPatient
  }

  get isAsleep(): boolean {
    return this.#memory.isAsleep
  }

  letSpin(spin: Spin): void {
    this.#memory.letSpin(spin)
  }

  sleep(): void {
    this.#memory.requests.isWatched = false
    // Written right before; or else after, and then the port says so.
    if (this.hasMore) this.wake()
  }

  close(): void {
    this.#isClosed = true
    this.#vigil.forget(this)
    this.#port.close()
  }

  #listen(): void {
    this.#isPaused = false
    // Listening starts the port again, which first hands out what came since the last look.
    this.#port.on('message', this.#onMessage)
    // What keeps the process alive is the thread at the other end, or the work that its calls do here.
    this.#port.unref()
  }

  readonly #onMessage = (message: unknown): void => {
    this.#vigil.came()
    this.#receiver.hold(message)
    // Else the port would hand out all that it has, one by one, whoever waits meanwhile.
    if (this.#fetch()) {
      this.#isPaused = true
      this.#port.off('message', this.#onMessage)
    }
    this.wake()
  }

  #lineUp(): void {
    this.#isInLine = true
    this.#mainLoop.scheduleNow(this.#takeTurn)
  }

  readonly #takeTurn = (): void => {
    this.#isInLine = false
    const next = this.#next()
    if (next === undefined) return this.#caughtUp()
    this.#vigil.received(this)
    this.#receive(next.message)
    if (!this.#isInLine) this.#lineUp()
  }

  #caughtUp(): void {
    if (this.#isClosed) return
    this.#emptyAt = clock.now()
    if (this.#isPaused) this.#listen()
    this.#vigil.watch(this)
  }

  #next(): Received | undefined {
    for (;;) {
      if (this.#isClosed) return undefined
      const ahead = this.#ahead
      this.#ahead = undefined
      if (ahead !== undefined) return ahead
      try {
        return this.#receiver.next()
      } catch (error) {
        this.#listener.unreadable(error)
      }
    }
  }

  #fetch(): boolean {
    for (;;) {
      try {
        return this.#receiver.receive()
      } catch (error) {
        this.#listener.unreadable(error)
      }
    }
  }

  /** Whatever is wrong with a message, or with what it leads to, those behind it are to be received. */
  #receive(message: unknown): void {
    try {
      this.#listener.receive(message)
    } catch (error) {
      this.#listener.unreadable(error)
    }
  }
}
