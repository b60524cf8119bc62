import { MessageChannel, type MessagePort, parentPort, threadId } from 'node:worker_threads'
import { NotObservedError, ReactorStopped, ResultNotCloneableError, TimeoutError } from '../errors.js'
import * as clock from '../protocol/clock.js'
import { type CurrentTask, currentTask } from '../protocol/current-task.js'
import { channelMessage, writeEmission, writeTurn } from '../protocol/emissions.js'
import { type Parcel, unpack } from '../protocol/move.js'
import { notPosted, refuseMoved } from '../protocol/not-posted.js'
import { optionsOf } from '../protocol/options.js'
import { propertyOf } from '../protocol/reading.js'
import { cut, nameOfFunction, shown } from '../protocol/shown.js'
import { milliseconds } from '../protocol/stop.js'
import { refuseWhenCancelled } from './cancellation.js'
import { logger } from './logger.js'

type Producer<Task, Value> = (task: Task) => Iterable<Value> | AsyncIterable<Value>

/** A worker's function whose tasks emit values of that type; `wrapped` is what was given to {@link emitting}, for tests. */
export interface Emitting<Task, Value> {
  (task: Task): Promise<void>
  /** The generator function itself, for tests. */
  readonly wrapped: Producer<Task, Value>
}

/** How an emitting function waits. */
export interface EmittingOptions {
  /** The longest time, in ms, that a `yield` sleeps for room; then the task fails with `TimeoutError`. At least 0; default `Infinity`. */
  timeout?: number
}

/** Through which this thread emits; made for its first task that does. */
let channel: EmittingChannel | undefined

/**
 * Makes of a generator function a worker's function whose task emits many values: each `yield` becomes an emission of the
 * Observable that `fromPool` or `offload` gives. What the generator returns is dropped; what it throws comes behind the values.
 *
 * A value is on its way when `yield` has it: none is held back for others. While `buffer` values wait to be handed on, the thread
 * sleeps in the next `yield`; of an async generator only the generator waits, and the thread's loop goes on.
 *
 * Unsubscribing ends the generator at its next `yield`, whose `finally` runs, or by `CancelledError` from a blocking call. A `yield`
 * in a `finally` ends that then. When the reactor has interrupted its calls, a `yield` that would sleep ends it likewise, and the task
 * fails with `ReactorStopped`.
 *
 * @example
 * ```ts
 * export default emitting(function* (files: readonly string[]) {
 *   for (const [index, file] of files.entries()) {
 *     resize(file)
 *     yield { done: index + 1, of: files.length } // progress is the plain case
 *   }
 * })
 * ```
 * @param fn - Is given the task. Values are copied; `yield move(value)` transfers.
 * @param options - How long a `yield` may sleep.
 * @throws TypeError if it is no function; TypeError or RangeError for a wrong option. The task fails with `NotObservedError` if the pool's own `run()` was called with it.
 */
export function emitting<Task, Value>(fn: Producer<Task, Value>, options: EmittingOptions = {}): Emitting<Task, Value> {
  if (typeof fn !== 'function') {
    throw new TypeError(`emitting() takes a generator function; it was given \`${shown(fn)}\``)
  }
  const { timeout = Number.POSITIVE_INFINITY } = optionsOf(options, 'emitting()')
  milliseconds('options.timeout of emitting()', timeout)
  const run = async (task: Task): Promise<void> => {
    const emitter = new Emitter(currentTask() ?? refuseUnobserved(cut(nameOfFunction(fn))), timeout)
    const values: unknown = fn(task)
    if (isIterable(values)) for (const value of guarded(values, emitter)) emitter.emit(value)
    else if (isAsyncIterable(values))
      for await (const value of guardedLater(values, emitter)) await emitter.emitLater(value)
    else throw new TypeError(`What emitting() was given returned \`${shown(values)}\`, which is no iterator`)
  }
  return Object.defineProperties(run, {
    name: { value: nameOfFunction(fn), configurable: true },
    length: { value: propertyOf(fn, 'length'), configurable: true },
    wrapped: { value: fn, enumerable: true },
  }) as Emitting<Task, Value> // which has `wrapped` from here on
}

/** What one task emits. */
class Emitter {
  readonly #task: CurrentTask
  readonly #timeout: number
  readonly #channel: EmittingChannel
  readonly #serial: number
  #emitted = 0
  /** The count up to which there is room, as far as is known. */
  #room: number

  /** @param timeout - In ms; how long a `yield` may sleep. */
  constructor(task: CurrentTask, timeout: number) {
    this.#task = task
    this.#timeout = timeout
    this.#channel = openChannel()
    this.#serial = task.memory.place.serial
    this.#room = task.buffer
    task.memory.emits(threadId)
  }

  /** What the generator's `finally` threw when it was left early: the task ends with why it was. */
  leftWith(error: unknown): void {
    logger().warn({ err: error }, `A teardown of ${this.#task.name} threw; its outcome stands`)
  }

  /** Sleeps while too many values wait. */
  emit(value: unknown): void {
    const { memory } = this.#task
    if (this.#isAhead() && !memory.sleepUntilTaken(this.#enough, clock.now() + this.#timeout)) throw this.#late()
    this.#refuseWhenInterrupted()
    this.#post(value)
  }

  /** As `emit`, but doesn't block the thread. */
  async emitLater(value: unknown): Promise<void> {
    const { memory } = this.#task
    if (this.#isAhead() && !(await memory.untilTaken(this.#enough, clock.now() + this.#timeout))) throw this.#late()
    this.#refuseWhenInterrupted()
    this.#post(value)
  }

  /** Half of the room: to be woken for each value costs more than the value. */
  get #enough(): number {
    return (this.#emitted - (this.#task.buffer >> 1)) | 0
  }

  /** Whether as many values wait as may. */
  #isAhead(): boolean {
    if (this.#emitted < this.#room) return false
    const { memory, buffer } = this.#task
    this.#room = this.#emitted - memory.waiting(this.#emitted) + buffer
    return this.#emitted >= this.#room
  }

  /** Where there is room it may come to its end. */
  #refuseWhenInterrupted(): void {
    if (!this.#task.memory.isInterrupted || !this.#isAhead()) return
    throw new ReactorStopped(
      `The reactor has stopped while ${this.#task.name} slept in a \`yield\`, until values of its that wait are taken`,
    )
  }

  #late(): TimeoutError {
    const message = `No value of ${this.#task.name} was taken within ${this.#timeout} ms, and there was no room for another`
    return new TimeoutError(`${message}; \`timeout\` of emitting() sets that bound`)
  }

  #post(marked: unknown): void {
    if (this.#task.memory.isCancelled) refuseWhenCancelled(() => '`yield`')
    const parcel = unpack(marked)
    try {
      this.#channel.post(this.#serial, parcel)
    } catch (cause) {
      const what = `What ${this.#task.name} emits cannot be sent from its thread`
      throw notPosted(ResultNotCloneableError, what, parcel, cause)
    }
    this.#emitted += 1
  }
}

/** This thread's, through which all its tasks emit. */
class EmittingChannel {
  readonly #port: MessagePort
  #turn: number | undefined

  constructor() {
    const { port1, port2 } = new MessageChannel()
    parentPort?.postMessage(channelMessage({ port: port2, threadId }), [port2])
    this.#port = port1
  }

  /** @throws What posting throws; then nothing was posted. */
  post(serial: number, { value, transfer }: Parcel): void {
    refuseMoved(transfer)
    if (this.#turn !== serial) this.#port.postMessage(writeTurn(serial))
    this.#turn = serial
    this.#port.postMessage(writeEmission(value), transfer)
  }
}

function openChannel(): EmittingChannel {
  channel ??= new EmittingChannel()
  return channel
}

/** The same values. Left early, it reports what that throws: the language drops it, in favour of why it is left. */
function guarded(values: Iterable<unknown>, emitter: Emitter): Iterable<unknown> {
  const iterator = values[Symbol.iterator]()
  const leave = (): IteratorReturnResult<undefined> => {
    try {
      iterator.return?.()
    } catch (error) {
      emitter.leftWith(error)
    }
    return { done: true, value: undefined }
  }
  return { [Symbol.iterator]: () => ({ next: () => iterator.next(), return: leave }) }
}

/** As `guarded`. */
function guardedLater(values: AsyncIterable<unknown>, emitter: Emitter): AsyncIterable<unknown> {
  const iterator = values[Symbol.asyncIterator]()
  const leave = async (): Promise<IteratorReturnResult<undefined>> => {
    try {
      await iterator.return?.()
    } catch (error) {
      emitter.leftWith(error)
    }
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next(), return: leave }) }
}

/** @throws NotObservedError always. */
function refuseUnobserved(name: string): never {
  throw new NotObservedError(
    `What the emitting function ${name === '' ? '' : `\`${name}\` `}yields has nobody to observe it; run it with \`fromPool(pool, task)\` or \`offload(pool)\` instead of \`pool.run(task)\`, on a Piscina`,
  )
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof Object(value)[Symbol.iterator] === 'function'
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof Object(value)[Symbol.asyncIterator] === 'function'
}
