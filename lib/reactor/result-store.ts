import { randomUUID } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { AsyncSubject, type Observable } from 'rxjs'
import { ResultNotFoundError } from '../errors.js'
import type { ResultsFunction } from '../protocol/function-ref.js'
import type { LocalResults, Outcome } from '../protocol/thread.js'
import { decodeOutcome, type EncodedOutcome, encodeThrown } from '../protocol/thrown.js'
import type { Call, Caller } from './call.js'
import type { Log } from './log.js'
import type { Callable } from './services.js'
import { type FailureLog, Unretrieved } from './unretrieved.js'

/** A result that was handed over; it has its outcome, or will have it. */
interface Stashed {
  /** The function as messages name it. */
  readonly name: string
  readonly number: number
  readonly outcome: AsyncSubject<unknown>
  /** What the caller wanted for a function that ends without a value. */
  readonly defaultValue: unknown
  /** While it is unfinished. */
  call: Call | undefined
  timer?: NodeJS.Timeout
}

export interface StoreLimits {
  /** How many results there may be; of more, the oldest are dropped. */
  readonly maxStashed: number
  /** In ms; after that a result is dropped. */
  readonly stashTtl: number
}

/** In ms; a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Results that their threads have stashed, by uid. Each is given away once. Unfinished calls go on here: whoever made them
 * may be gone.
 */
export class ResultStore implements Caller, LocalResults {
  readonly ordinal = 'stashed'
  readonly threadId = threadId
  readonly #limits: StoreLimits
  readonly #log: Log
  readonly #unretrieved: Unretrieved
  readonly #byUid = new Map<string, Stashed>()
  /** Those that somebody has asked for, by the key that was given for it. */
  readonly #claimed = new Map<string, Stashed>()
  readonly #byCall = new Map<Call, Stashed>()
  #last = 0

  constructor(limits: StoreLimits, log: Log, failures: FailureLog) {
    this.#limits = limits
    this.#log = log
    this.#unretrieved = new Unretrieved(threadId, failures)
  }

  get calls(): Iterable<Call> {
    return this.#byCall.keys()
  }

  /** Whether calls are unfinished. */
  get isBusy(): boolean {
    return this.#byCall.size > 0
  }

  /** What a caller may call. */
  find(name: ResultsFunction, caller: Caller): Callable {
    const functions: Record<ResultsFunction, (...args: never[]) => unknown> = {
      keep: (uid: string, number: number, defaultValue?: unknown) =>
        this.keep(uid, caller.handOver(number), defaultValue),
      put: (uid: string, of: string, outcome: EncodedOutcome) => this.put(uid, of, decodeOutcome(outcome)),
      claim: (uid: string) => this.claim(uid),
      collect: (key: string) => this.#collect(key),
    }
    return { fn: functions[name], self: undefined }
  }

  /** Takes over an unfinished call; returns whether there was one. */
  keep(uid: string, call: Call | undefined, defaultValue: unknown): boolean {
    if (call === undefined) return false
    const stashed = this.#add(uid, call.name, defaultValue)
    stashed.call = call
    this.#byCall.set(call, stashed)
    call.moveTo(this, stashed.number)
    return true
  }

  put(uid: string, name: string, outcome: Outcome): void {
    this.#settle(this.#add(uid, name, undefined), outcome)
  }

  /** Gives the key by which the result can be collected: once, for the uid is used then. */
  claim(uid: string): string {
    const stashed = this.#byUid.get(uid)
    if (stashed === undefined) {
      throw new ResultNotFoundError(
        'retrieveResult() was given a uid under which there is no result: it is unknown, or its result was retrieved or dropped',
      )
    }
    this.#byUid.delete(uid)
    clearTimeout(stashed.timer)
    const key = randomUUID()
    this.#claimed.set(key, stashed)
    return key
  }

  settled(call: Call, outcome: Outcome): void {
    const stashed = this.#byCall.get(call)
    if (stashed === undefined) return
    this.#byCall.delete(call)
    stashed.call = undefined
    this.#settle(stashed, outcome)
  }

  handOver(): undefined {
    return undefined
  }

  /** Ends the unfinished calls with that failure, and unsubscribes them, one a step; returns how many there were. */
  *interrupt(reason: Error): Generator<void, number> {
    let interrupted = 0
    for (const [call] of this.#byCall) {
      this.settled(call, { type: 'failure', thrown: reason })
      call.cancel(reason)
      interrupted += 1
      yield
    }
    return interrupted
  }

  /** The reactor has stopped: failures that nobody has retrieved are logged. They can be retrieved still. */
  release(): void {
    this.#unretrieved.allLost()
    for (const { timer } of this.#byUid.values()) clearTimeout(timer)
  }

  #collect(key: string): Observable<unknown> {
    const stashed = this.#claimed.get(key)
    if (stashed === undefined) throw new ResultNotFoundError('This result was collected already')
    this.#claimed.delete(key)
    // From here on it is with who collects it.
    this.#unretrieved.retrieved(stashed.number)
    return stashed.outcome
  }

  #add(uid: string, name: string, defaultValue: unknown): Stashed {
    this.#last += 1
    const stashed: Stashed = { name, number: this.#last, outcome: new AsyncSubject(), defaultValue, call: undefined }
    this.#byUid.set(uid, stashed)
    const { maxStashed, stashTtl } = this.#limits
    if (stashTtl <= LONGEST_TIMER) {
      const why = `it was not retrieved within \`stashTtl\`, ${stashTtl} ms`
      stashed.timer = setTimeout(() => this.#drop(uid, stashed, why), stashTtl).unref()
    }
    for (const [oldestUid, oldest] of this.#byUid) {
      if (this.#byUid.size <= maxStashed) break
      this.#drop(oldestUid, oldest, `there were more than \`maxStashed\`, ${maxStashed}`)
    }
    return stashed
  }

  #drop(uid: string, stashed: Stashed, why: string): void {
    this.#byUid.delete(uid)
    clearTimeout(stashed.timer)
    this.#log.warn(`Dropped the stashed result of ${stashed.name}: ${why}`, { function: stashed.name })
    this.#unretrieved.lost(stashed.number)
    const { call } = stashed
    if (call === undefined) return
    this.#byCall.delete(call)
    call.cancel(new ResultNotFoundError(`The stashed result of ${stashed.name} was dropped: ${why}`))
  }

  #settle({ name, number, outcome, defaultValue }: Stashed, settled: Outcome): void {
    if (settled.type === 'failure') {
      this.#unretrieved.add(number, { name, thrown: encodeThrown(settled.thrown) })
      outcome.error(settled.thrown)
    } else {
      outcome.next(settled.type === 'value' ? settled.value : defaultValue)
      outcome.complete()
    }
  }
}
