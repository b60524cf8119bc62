import { MessageChannel, type MessagePort, type Transferable, threadId } from 'node:worker_threads'
import { isAlive } from '../protocol/alive.js'
import { readAnswer } from '../protocol/answers.js'
import * as clock from '../protocol/clock.js'
import type { LogLine } from '../protocol/logger.js'
import { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import type { Phase } from '../protocol/memory/phase.js'
import { Unpostable } from '../protocol/not-posted.js'
import { type Received, Receiver } from '../protocol/receiver.js'
import { type Request, type Unanswered, writeRequest } from '../protocol/requests.js'
import { LOOK, Sender } from '../protocol/sender.js'
import type { Route } from '../protocol/thread.js'
import type { Call } from './call.js'
import { refuseWhenCancelled, watchCancellation } from './cancellation.js'
import { ConnectDeadline } from './connect-deadline.js'
import { Deliveries } from './deliveries.js'
import { type CopyOfError, endOfConnection, refusalOfConnection } from './end-of-connection.js'
import { watchNone } from './forgotten.js'
import { Rest } from './rest.js'
import { SentLines } from './sent-lines.js'
import { UnansweredCalls } from './unanswered-calls.js'

/** `ASLEEP_ON` of a thread that sleeps on no call in particular, but until it may make one. */
const NO_CALL = 0

/** In ms; after that a line is dropped, as are those after it until there is room again. */
const LONGEST_WAIT_FOR_LOG = 1_000

/** In ms; how often to look whether the reactor's thread is still there. */
const LOOK_FOR_LIFE = 500

/**
 * A thread's connection to the reactor that accepted it. One at a time; a new one is made when the last has ended and
 * another reactor may be there.
 *
 * Every request gets one answer. So what is unfinished is just what has been sent and not been answered, and the end
 * of the connection, which is the only thing to happen instead, ends all that at once.
 */
export class Connection {
  readonly #port: MessagePort
  readonly #memory = ConnectionMemory.allocate()
  readonly #sender: Sender
  readonly #receiver: Receiver
  readonly #deliveries = new Deliveries((request) => this.#post(request))
  readonly #unanswered = new UnansweredCalls(this.#deliveries)
  readonly #mayDie: boolean
  readonly #connectTimeout: number
  readonly #connectDeadline: ConnectDeadline
  readonly #lines = new SentLines(this.#memory, (line) => this.#post({ type: 'log', line }))
  readonly #rest = new Rest(this.#memory)
  #last = 0
  /** The last call before the tasks that run now, or ran last. */
  #beforeTasks = 0
  /** Of the request that is being copied: numbers are in the order in which they are posted. */
  #sending: Call | undefined
  /** The call that something tried to make meanwhile. */
  #within: Call | undefined
  /** How many look at outcomes without sleeping: then the port must report by event. */
  #listeners = 0
  /** Why an answer could not be read, about which the reactor is still to be asked. */
  #unreadable: { readonly cause: unknown } | undefined

  /**
   * @param route - Leads to the reactor.
   * @param connectTimeout - In ms; how long to wait for a reactor that accepts this thread, if none may be there.
   */
  constructor(route: Route, connectTimeout: number) {
    this.#mayDie = route.mayDie
    this.#connectTimeout = route.mayDie ? Number.POSITIVE_INFINITY : connectTimeout
    this.#connectDeadline = new ConnectDeadline(this.#memory, this.#connectTimeout)
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#sender = new Sender(port1, this.#memory.requests)
    this.#receiver = new Receiver(port1, this.#memory.answers)
    route.ask({ port: port2, memory: this.#memory, threadId })
    this.#connectDeadline.watch(() => this.giveUpAsking())
  }

  get phase(): Phase {
    return this.#memory.phase
  }

  /** How a new call ends here; `undefined` if it may be made. */
  refusal(): CopyOfError | undefined {
    return refusalOfConnection(this.phase, this.#connectTimeout)
  }

  /**
   * Sleeps until one more call may be made; returns `false` if there was no room in time, or the connection takes no calls.
   *
   * @param deadline - In ms of `clock.now()`.
   */
  awaitRoom(deadline: number): boolean {
    const refused = (): boolean => this.refusal() !== undefined
    const room = this.sleepUntil(() => refused() || this.#unanswered.size < this.#memory.room, deadline)
    return room && !refused()
  }

  /**
   * Sends what is to be answered.
   *
   * @param call - Gets the answer.
   * @param requestOf - Makes the request, given its number.
   * @returns The number.
   * @throws What posting throws; then nothing was sent.
   */
  send(call: Call, requestOf: (id: number) => Request, transfer: readonly Transferable[]): number {
    if (this.#sending !== undefined) this.#refuseWithin(call, this.#sending)
    const id = this.#last + 1
    this.#sending = call
    try {
      this.#post(requestOf(id), transfer)
    } catch (cause) {
      throw this.#within === undefined ? cause : madeWithin(this.#within, cause)
    } finally {
      this.#sending = undefined
      this.#within = undefined
    }
    this.#last = id
    this.#unanswered.add(id, call)
    return id
  }

  /** This thread has no tasks, and now begins one. */
  tasksBegin(): void {
    this.#beforeTasks = this.#last
  }

  /** The last of them has ended: nobody looks at failures of their calls any more, be they still to come. */
  tasksEnded(): void {
    if (this.#unanswered.size === 0 && !this.#deliveries.areOpen) return
    // So that answers that nobody waited for don't pile up in a thread that is parked between its tasks.
    this.catchUp()
    this.#unanswered.tasksEnded()
    const after = this.#beforeTasks
    if (this.#last > after) this.#post({ type: 'over', after, upTo: this.#last })
    watchNone()
    this.#deliveries.areOver()
  }

  /** Tells the reactor what it doesn't answer. */
  tell(request: Unanswered): void {
    this.#post(request)
  }

  /**
   * Looks, and sleeps, until the condition holds; returns `false` if the connection ended, or the deadline came, before.
   * What is there already is found in a cancelled task too.
   *
   * @param deadline - In ms of `clock.now()`.
   * @param callId - The call on which this thread sleeps, if it is one.
   * @throws CancelledError if the current task was cancelled before.
   */
  sleepUntil(done: () => boolean, deadline: number, callId = NO_CALL): boolean {
    const isCancelled = watchCancellation()
    this.#sleep(() => done() || this.#takeUntil(done) || this.catchUp() || done() || isCancelled(), deadline, callId)
    if (done()) return true
    refuseWhenCancelled(() => 'what slept')
    return false
  }

  /**
   * Sends a line to the reactor's log. If that is slow it waits for a while, and then drops the line. What nobody reads goes
   * to standard error; and what was printed, rather than being dropped.
   */
  log(line: LogLine): void {
    if (this.#connectDeadline.hasPassed) this.giveUpAsking()
    this.#awaitLog(() => this.#lines.haveRoom, this.#lines.areStuck ? 0 : LONGEST_WAIT_FOR_LOG)
    if (this.#lines.haveRoom) this.#lines.write(line)
    else this.#lines.leaveOut(line)
  }

  /** This thread ends: waits until it is known who writes its last lines. */
  endLog(): void {
    this.#lines.reportDropped()
    this.#awaitLog(() => !this.#lines.areUndecided, LONGEST_WAIT_FOR_LOG)
    if (this.#lines.areUndecided) this.giveUpAsking()
    this.catchUp()
  }

  /** A reactor may accept the thread at this very moment, or have done so: then nothing is given up. */
  giveUpAsking(): void {
    if (this.#memory.abandon()) this.#port.close()
    this.catchUp()
  }

  /** Another connection takes the place of this one, which has ended. */
  retire(): void {
    this.catchUp()
    if (!this.#deliveries.areOpen) this.#port.close()
  }

  /** Takes in what has come; returns whether the connection has ended, and every call with it. */
  catchUp(): boolean {
    // The phase is read before the messages: all that was posted before it moved is there to be read after. It may move
    // while they are read, even by the message that says so, after which no other comes: so it is read again.
    let end: CopyOfError | undefined
    do {
      end = this.#end()
      this.#drain()
    } while (end === undefined && this.#end() !== undefined)
    if (end === undefined) return false
    this.#unanswered.end(end)
    this.#lines.writeUnread()
    return true
  }

  /** From now on outcomes are taken in as they come, and this thread is kept alive for them; until `unlisten`. */
  listen(): void {
    this.#listeners += 1
    if (this.#listeners > 1) return
    this.#memory.answers.isWatched = false
    this.#port.on('message', this.#onMessage).on('messageerror', this.#onUnreadable).on('close', this.#onClose)
    this.catchUp()
  }

  unlisten(): void {
    this.#listeners -= 1
    if (this.#listeners > 0) return
    this.#memory.answers.isWatched = true
    this.#port.off('message', this.#onMessage).off('messageerror', this.#onUnreadable).off('close', this.#onClose)
  }

  readonly #onMessage = (message: unknown): void => {
    this.#receiver.hold(message)
    this.catchUp()
  }

  readonly #onClose = (): void => {
    if (this.#mayDie) this.#memory.orphan()
    // Reading a port while it tells that it has closed kills the process (segmentation fault, Node 20.20).
    clock.inNextTurn(() => this.catchUp())
  }

  /** As `sleepUntil`, but goes on when the connection has ended, for a stopped reactor still writes what it was sent. */
  #awaitLog(done: () => boolean, ms: number): void {
    const look = (): boolean => {
      if (!done()) this.catchUp()
      return done()
    }
    this.#sleep(look, clock.now() + ms, NO_CALL)
  }

  #sleep(done: () => boolean, deadline: number, callId: number): void {
    for (;;) {
      const seen = this.#memory.news
      if (done()) return
      const now = clock.now()
      if (now >= deadline) return
      const connectDeadline = this.#connectDeadline.at
      if (now >= connectDeadline) this.giveUpAsking()
      else this.#restAlive(seen, Math.min(deadline, connectDeadline) - now, callId)
    }
  }

  /** Until there is news; or for `ms`, or for nothing. A reactor's thread that may have ended can't tell, and so is looked after. */
  #restAlive(seen: number, ms: number, callId: number): void {
    if (!this.#mayDie) return this.#rest.untilNews(seen, ms, callId)
    const start = clock.now()
    this.#rest.untilNews(seen, Math.min(ms, LOOK_FOR_LIFE), callId)
    if (clock.now() - start < LOOK_FOR_LIFE) return
    this.#drain()
    if (!isAlive(this.#port, LOOK)) this.#memory.orphan()
  }

  /** @throws Unpostable always. */
  #refuseWithin(call: Call, outer: Call): never {
    this.#within = call
    throw new Unpostable(
      `a getter, or a Proxy, makes this call while what is sent for ${outer.name} is copied; make it before, and give its value`,
    )
  }

  #end(): CopyOfError | undefined {
    return endOfConnection(this.phase, this.#connectTimeout)
  }

  #drain(): void {
    for (let received = this.#read(); received !== undefined; received = this.#read()) this.#take(received.message)
    this.#askForLost()
  }

  /** Takes what has come, but no more than it takes; returns whether that was enough. */
  #takeUntil(done: () => boolean): boolean {
    // Events of the port tell who listens; of what is taken here there is none, so then all of it is.
    if (this.#listeners > 0) return false
    for (let received = this.#read(); received !== undefined; received = this.#read()) {
      this.#take(received.message)
      if (done()) return true
    }
    this.#askForLost()
    return false
  }

  #read(): Received | undefined {
    for (;;) {
      try {
        return this.#receiver.next()
      } catch (cause) {
        this.#unreadable = { cause }
      }
    }
  }

  readonly #onUnreadable = (cause: unknown): void => {
    this.#unreadable = { cause }
    this.catchUp()
  }

  /** Once for all that could not be read by now: the question, and its reply, may be as long as there are calls. */
  #askForLost(): void {
    if (this.#unreadable === undefined) return
    this.#unanswered.expectUnfinished(this.#last, this.#unreadable.cause)
    this.#unreadable = undefined
    this.#post({ type: 'unreadable' })
  }

  #take(message: unknown): void {
    const answer = readAnswer(message)
    switch (answer?.type) {
      case undefined:
        return this.#post({ type: 'stray', found: 'a message that is no answer' })
      case 'unreadable':
        return this.#post({ type: 'sent', upTo: this.#last, lines: this.#lines.sent })
      case 'unfinished':
        return this.#unanswered.takeUnfinished(answer.ids)
      case 'found':
        return this.#unanswered.found(answer.id, answer.name)
      case 'loading':
        return this.#unanswered.loading(answer.id, answer.isLoading)
      case 'items':
        return this.#unanswered.items(answer)
      case 'value':
      case 'failure':
      case 'empty':
      case 'cancelled':
      case 'stashed':
        return this.#unanswered.settle(answer)
    }
  }

  #post(request: Request, transfer: readonly Transferable[] = []): void {
    this.#sender.send(writeRequest(request), transfer)
  }
}

function madeWithin(call: Call, cause: unknown): Unpostable {
  const message = `a getter, or a Proxy, makes another call, of ${call.name}, while that is copied; make it before, and give its value`
  return new Unpostable(message, { cause })
}
