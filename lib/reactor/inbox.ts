import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Subscription } from 'rxjs'
import type { MainLoopScheduler } from './main-loop-scheduler.js'

export interface InboxListener {
  receive(message: unknown): void
  /** A message came that could not be read; or `receive` threw, which is told here, and ends neither a turn nor the rest. */
  unreadable(cause: unknown): void
}

/**
 * The messages of a thread, read one at a time, each in a turn on the main-loop scheduler. So they stay in the port's own
 * queue until their turn comes, and the flood of one thread doesn't hold up another thread, nor the loop.
 *
 * ```
 * listening ──a message, and more behind it──▶ taking turns ──none is left──▶ listening
 *     └───────────────────────┴──────rest()──▶ reading the rest ────────────▶ listening
 * ```
 */
export class Inbox {
  readonly #port: MessagePort
  readonly #mainLoop: MainLoopScheduler
  readonly #listener: InboxListener
  /** Messages that were fetched, and wait for their turns. */
  readonly #inHand: unknown[] = []
  #isListening = false
  #isClosed = false
  #turns: Subscription | undefined

  constructor(port: MessagePort, mainLoop: MainLoopScheduler, listener: InboxListener) {
    this.#port = port
    this.#mainLoop = mainLoop
    this.#listener = listener
    port.on('messageerror', (cause) => listener.unreadable(cause))
    port.once('close', () => {
      this.#isClosed = true
    })
    this.#listen()
  }

  /** Whether messages wait for their turns. */
  get hasMore(): boolean {
    return this.#inHand.length > 0
  }

  /** Reads all that has come, one a step and not in turns. */
  *rest(): Generator<void, void> {
    this.#pause()
    this.#turns?.unsubscribe()
    this.#turns = undefined
    for (;;) {
      const next = this.#inHand.length > 0 ? { message: this.#inHand.shift() } : this.#fetch()
      if (next === undefined) break
      this.#receive(next.message)
      yield
    }
    if (!this.#isClosed) this.#listen()
  }

  #listen(): void {
    this.#isListening = true
    // Listening starts the port again, which first hands out what came since the last look.
    this.#port.on('message', this.#wake)
    // What keeps the process alive is the thread at the other end, or the work that its calls do here.
    this.#port.unref()
  }

  #pause(): void {
    this.#isListening = false
    this.#port.off('message', this.#wake)
  }

  /** A message after a pause comes as an event. If there are more behind it, they are fetched, one in a turn. */
  readonly #wake = (message: unknown): void => {
    this.#inHand.push(message)
    this.#mainLoop.scheduleNow(() => this.#receiveInHand())
    if (!this.#isListening) return // what was received has the rest read
    const next = this.#fetch()
    if (next === undefined) return
    this.#pause()
    this.#inHand.push(next.message)
    this.#takeTurns()
  }

  #takeTurns(): void {
    const inbox = this
    const turns = this.#mainLoop.schedule(function () {
      inbox.#receiveInHand()
      if (inbox.#turns !== turns) return // what was received has the rest read
      const next = inbox.#fetch()
      if (next === undefined) {
        inbox.#turns = undefined
        return inbox.#listen()
      }
      inbox.#inHand.push(next.message)
      this.schedule()
    })
    this.#turns = turns
  }

  #fetch(): { message: unknown } | undefined {
    // Reading a port while it tells that it has closed kills the process (segmentation fault, Node 20.20). And teardowns of
    // the calls of its thread run just then, which may well stop the reactor.
    if (this.#isClosed) return undefined
    try {
      return receiveMessageOnPort(this.#port)
    } catch (error) {
      this.#listener.unreadable(error)
      return this.#fetch()
    }
  }

  /** The next in hand; there is none if the rest was read. */
  #receiveInHand(): void {
    if (this.#inHand.length > 0) this.#receive(this.#inHand.shift())
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
