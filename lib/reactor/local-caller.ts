import { threadId } from 'node:worker_threads'
import type { LogLevel } from '../protocol/logger.js'
import type { LogThreshold } from '../protocol/memory/log-threshold.js'
import { unpack, unpackAll } from '../protocol/move.js'
import type { LocalHandle, LocalReactor, LocalRequest, Outcome, Settle } from '../protocol/thread.js'
import { type EncodedThrown, encodeThrown } from '../protocol/thrown.js'
import { currentActivity } from './activity.js'
import { Call, type Caller } from './call.js'
import type { ReactorContext } from './reactor-context.js'
import { Unretrieved } from './unretrieved.js'

type Numbered = Pick<Call, 'number' | 'name'>

/** Code in the reactor's own thread, as a caller. Nothing is copied, and nobody sleeps. */
export class LocalCaller implements Caller, LocalReactor {
  /** Those of connections start at 1. */
  readonly ordinal = 0
  readonly threadId = threadId
  readonly #context: ReactorContext
  readonly #settles = new Map<Call, Settle>()
  readonly #unretrieved: Unretrieved
  #last = 0

  constructor(context: ReactorContext) {
    this.#context = context
    this.#unretrieved = new Unretrieved(context.failures)
  }

  get calls(): Iterable<Call> {
    return this.#settles.keys()
  }

  call({ ref, args, hasDefault }: LocalRequest, settle: Settle): LocalHandle {
    this.#last += 1
    // Nothing has to be moved here, so what was given to `move` is just taken out of its mark; as is the value below.
    const { values } = unpackAll(args)
    const request = { number: this.#last, ref, timeout: Number.POSITIVE_INFINITY, hasDefault }
    const call = new Call(this, this.#context, request, values, undefined, currentActivity())
    this.#settles.set(call, settle)
    call.start()
    return this.#handle(call)
  }

  retrieve(uid: string, settle: Settle): LocalHandle {
    const { name, call, outcome } = this.#context.results.take(uid)
    this.#last += 1
    if (call === undefined) {
      this.#settle({ number: this.#last, name }, outcome, settle)
      return { name, cancel: () => undefined, stash: () => undefined }
    }
    this.#settles.set(call, settle)
    call.moveTo(this, this.#last)
    return this.#handle(call)
  }

  put(uid: string, name: string, outcome: Outcome): void {
    this.#context.results.put({ uid, name, threadId }, outcome)
  }

  get logLevel(): LogLevel {
    return this.#context.log.level
  }

  set logLevel(level: LogLevel) {
    this.#context.log.level = level
  }

  goBy(threshold: LogThreshold): void {
    this.#context.log.goBy(threshold)
  }

  attach(source: object): Disposable {
    return this.#context.attach(source)
  }

  abandon(): void {
    this.#context.abandon()
  }

  settled(call: Call, outcome: Outcome): void {
    const settle = this.#settles.get(call)
    this.#settles.delete(call)
    if (settle !== undefined) this.#settle(call, outcome, settle)
  }

  /** Whether calls are unfinished. */
  get isBusy(): boolean {
    return this.#settles.size > 0
  }

  /** Whether calls are unfinished for which a shutdown waits in its grace. */
  get holdsShutdown(): boolean {
    for (const call of this.#settles.keys()) if (call.holdsShutdown) return true
    return false
  }

  /** Ends the unfinished calls with that failure, and unsubscribes them, one a step; returns how many there were. */
  *interrupt(reason: Error): Generator<void, number> {
    let interrupted = 0
    // To encode it for each call would be most of the work.
    const encoded = encodeThrown(reason)
    for (const [call, settle] of this.#settles) {
      this.#settles.delete(call)
      this.#fail(call, reason, encoded, settle)
      call.cancel(reason)
      interrupted += 1
      yield
    }
    return interrupted
  }

  /** The reactor has stopped: what nobody has looked at by now is lost. */
  release(): void {
    this.#unretrieved.allLost()
  }

  #settle(call: Numbered, outcome: Outcome, settle: Settle): void {
    if (outcome.type === 'failure') return this.#fail(call, outcome.thrown, encodeThrown(outcome.thrown), settle)
    const unpacked = outcome.type === 'value' ? { ...outcome, value: unpack(outcome.value).value } : outcome
    settle(unpacked, this.#unretrieved.delivery(call.number))
  }

  #fail({ number, name }: Numbered, thrown: unknown, encoded: EncodedThrown, settle: Settle): void {
    this.#unretrieved.add(number, { name, thrown: encoded, threadId })
    settle({ type: 'failure', thrown }, this.#unretrieved.delivery(number))
  }

  #handle(call: Call): LocalHandle {
    return {
      name: call.name,
      cancel: (reason) => {
        if (this.#settles.delete(call)) call.cancel(reason)
      },
      stash: (uid, defaultValue) => {
        if (this.#settles.delete(call)) this.#context.results.keep(uid, call, defaultValue)
      },
    }
  }
}
