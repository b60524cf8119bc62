import { MessageChannel, type MessagePort, parentPort, threadId } from 'node:worker_threads'
import { NotObservedError, ResultNotCloneableError } from '../errors.js'
import { type CurrentTask, currentTask } from '../protocol/current-task.js'
import { channelMessage, type Emission } from '../protocol/emissions.js'
import { unpack } from '../protocol/move.js'
import { CURE, whyNotPosted } from '../protocol/not-posted.js'
import { refuseWhenCancelled } from './cancellation.js'

type Producer<Task, Value> = (task: Task) => Iterable<Value> | AsyncIterable<Value>

/** A worker's function whose tasks emit values of that type; `wrapped` is what was given to {@link emitting}, for tests. */
export interface Emitting<Task, Value> {
  (task: Task): Promise<void>
  readonly wrapped: Producer<Task, Value>
}

/** Through which this thread emits; made for its first task that does. */
let channel: MessagePort | undefined

/**
 * Makes of a generator function a worker's function whose task emits many values: each `yield` becomes an emission of the
 * Observable that `fromPool` or `offload` gives. What the generator returns is dropped; what it throws comes behind the values.
 *
 * A value is on its way when `yield` has it: none is held back for others. While `buffer` values wait to be handed on, the thread
 * sleeps in the next `yield`; of an async generator only the generator waits, and the thread's loop goes on.
 *
 * Unsubscribing ends the generator at its next `yield`, whose `finally` runs, or by `CancelledError` from a blocking call. A `yield`
 * in a `finally` is in vain then.
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
 * @throws TypeError if it is no function. The task fails with `NotObservedError` if the pool's own `run()` was called with it.
 */
export function emitting<Task, Value>(fn: Producer<Task, Value>): Emitting<Task, Value> {
  if (typeof fn !== 'function') {
    throw new TypeError(`emitting() takes a generator function; it was given \`${String(fn)}\``)
  }
  const run = async (task: Task): Promise<void> => {
    const emitter = new Emitter(currentTask.getStore() ?? refuseUnobserved(fn.name))
    const values: unknown = fn(task)
    if (isIterable(values)) for (const value of values) emitter.emit(value)
    else if (isAsyncIterable(values)) for await (const value of values) await emitter.emitLater(value)
    else throw new TypeError(`What emitting() was given returned \`${String(values)}\`, which is no iterator`)
    // What was yielded last may not have been wanted any more.
    emitter.refuseWhenCancelled()
  }
  return Object.defineProperties(run, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    wrapped: { value: fn, enumerable: true },
  }) as Emitting<Task, Value> // which has `wrapped` from here on
}

/** What one task emits. */
class Emitter {
  readonly #task: CurrentTask
  readonly #port: MessagePort
  #emitted = 0

  constructor(task: CurrentTask) {
    this.#task = task
    this.#port = openChannel()
    task.memory.emits(threadId)
  }

  /** Sleeps while too many values wait. */
  emit(value: unknown): void {
    const { memory, buffer } = this.#task
    if (this.#isAhead()) memory.sleepUntilTaken(this.#count(this.#emitted - (buffer >> 1)))
    this.#post(value)
  }

  /** As `emit`, but doesn't block the thread. */
  async emitLater(value: unknown): Promise<void> {
    const { memory, buffer } = this.#task
    if (this.#isAhead()) await memory.untilTaken(this.#count(this.#emitted - (buffer >> 1)))
    this.#post(value)
  }

  refuseWhenCancelled(): void {
    refuseWhenCancelled(() => 'yield')
  }

  /** Whether as many values wait as may. */
  #isAhead(): boolean {
    const { memory, buffer } = this.#task
    return this.#emitted >= buffer && !memory.areTaken(this.#count(this.#emitted - buffer + 1))
  }

  /** As the memory counts. */
  #count(emitted: number): number {
    return emitted | 0
  }

  #post(marked: unknown): void {
    this.refuseWhenCancelled()
    const { value, transfer } = unpack(marked)
    try {
      this.#port.postMessage([this.#task.memory.place.serial, value] satisfies Emission, transfer)
    } catch (cause) {
      const why = `${whyNotPosted(value, cause)}; ${CURE}`
      throw new ResultNotCloneableError(`What ${this.#task.name} emits cannot be sent from its thread: ${why}`, {
        cause,
      })
    }
    this.#emitted += 1
  }
}

function openChannel(): MessagePort {
  if (channel !== undefined) return channel
  const { port1, port2 } = new MessageChannel()
  parentPort?.postMessage(channelMessage({ port: port2, threadId }), [port2])
  channel = port1
  return port1
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
