import { shown } from '../protocol/shown.js'
import { leave } from '../reactor/leave.js'
import { from, type ObservableInput, observableSymbol, Subscriber } from '../reactor/rxjs.js'

/** Who takes tasks, as there is room for them. */
export interface Taker<Task> {
  readonly hasRoom: boolean
  add(task: Task): void
  /** There are no more. */
  end(): void
  fail(thrown: unknown): void
}

/** Where tasks come from. */
export interface TaskSource {
  /** Gives tasks as long as there is room, if there are some. Never within itself, and not after `close`. */
  pull(): void
  /** Whether it has no more, as far as can be told without asking it for one. */
  readonly isExhausted: boolean
  close(): void
}

/**
 * Iterables and async iterables are asked for a task when there is room for it. An Observable can't be asked: it emits when it
 * does, and what there is no room for waits.
 *
 * @param leftWith - Called with what the application's iterator throws when it is left.
 */
export function taskSource<Task>(
  source: ObservableInput<Task>,
  taker: Taker<Task>,
  leftWith: (error: unknown) => void,
): TaskSource {
  const given: object = Object(source)
  const isObservable = observableSymbol in given || 'subscribe' in given
  // What has the method has what goes with it.
  if (!isObservable && Symbol.asyncIterator in given)
    return new AsyncSource(source as AsyncIterable<Task>, taker, leftWith)
  if (!isObservable && Symbol.iterator in given) {
    const length = (): number => (Array.isArray(source) ? source.length : Number.POSITIVE_INFINITY)
    return new SyncSource((source as Iterable<Task>)[Symbol.iterator](), length, taker, leftWith)
  }
  return new PushingSource(source, taker)
}

class SyncSource<Task> implements TaskSource {
  readonly #iterator: Iterator<Task>
  readonly #length: () => number
  readonly #taker: Taker<Task>
  readonly #leftWith: (error: unknown) => void
  #taken = 0
  #isDone = false
  #isPulling = false
  /** In its own code, from where it can't be left. */
  #isRunning = false

  /** @param length - How many tasks it has, if that is known; else `Infinity`. */
  constructor(iterator: Iterator<Task>, length: () => number, taker: Taker<Task>, leftWith: (error: unknown) => void) {
    this.#iterator = iterator
    this.#length = length
    this.#taker = taker
    this.#leftWith = leftWith
  }

  get isExhausted(): boolean {
    return this.#isDone || this.#taken >= this.#length()
  }

  pull(): void {
    if (this.#isPulling) return // a task may be done at once, and make room
    this.#isPulling = true
    try {
      while (!this.#isDone && this.#taker.hasRoom) this.#take()
    } finally {
      this.#isPulling = false
    }
  }

  close(): void {
    if (this.#isDone) return
    this.#isDone = true
    if (!this.#isRunning) leave(this.#iterator, this.#leftWith)
  }

  #take(): void {
    let result: IteratorResult<Task>
    try {
      result = this.#next()
    } catch (thrown) {
      this.#isDone = true
      return this.#taker.fail(thrown)
    }
    // Its own code has had it closed: it stopped the reactor, or unsubscribed.
    if (this.#isDone) return leave(this.#iterator, this.#leftWith)
    if (result.done !== true) {
      this.#taken += 1
      return this.#taker.add(result.value)
    }
    this.#isDone = true
    this.#taker.end()
  }

  #next(): IteratorResult<Task> {
    this.#isRunning = true
    try {
      return this.#iterator.next()
    } finally {
      this.#isRunning = false
    }
  }
}

class AsyncSource<Task> implements TaskSource {
  readonly #iterator: AsyncIterator<Task>
  readonly #taker: Taker<Task>
  readonly #leftWith: (error: unknown) => void
  #isDone = false
  #isPulling = false

  constructor(iterable: AsyncIterable<Task>, taker: Taker<Task>, leftWith: (error: unknown) => void) {
    this.#iterator = iterable[Symbol.asyncIterator]()
    this.#taker = taker
    this.#leftWith = leftWith
  }

  get isExhausted(): boolean {
    return this.#isDone
  }

  pull(): void {
    if (this.#isPulling || this.#isDone || !this.#taker.hasRoom) return
    this.#isPulling = true
    // It may throw instead of giving a promise, or give what is none.
    new Promise<IteratorResult<Task>>((resolve) => resolve(this.#iterator.next())).then(
      (result) => this.#took(result),
      (thrown) => this.#failed(thrown),
    )
  }

  close(): void {
    if (this.#finish()) leave(this.#iterator, this.#leftWith)
  }

  #took(result: IteratorResult<Task>): void {
    this.#isPulling = false
    if (this.#isDone) return
    if (Object(result) !== result)
      return this.#failed(new TypeError(`An iterator gave \`${shown(result)}\` as a result`))
    if (result.done === true) {
      this.#isDone = true
      return this.#taker.end()
    }
    this.#taker.add(result.value)
    this.pull()
  }

  #failed(thrown: unknown): void {
    if (this.#finish()) this.#taker.fail(thrown)
  }

  /** Whether it wasn't done before. */
  #finish(): boolean {
    const wasDone = this.#isDone
    this.#isDone = true
    return !wasDone
  }
}

/** A Subscriber rather than an observer, so that closing also stops a source that emits without giving the loop back. */
class PushingSource<Task> extends Subscriber<Task> implements TaskSource {
  readonly #taker: Taker<Task>
  #waiting: Task[] = []
  #next = 0
  #hasCompleted = false
  #isPulling = false
  readonly #source: ObservableInput<Task>
  #isSubscribed = false

  constructor(source: ObservableInput<Task>, taker: Taker<Task>) {
    super()
    this.#taker = taker
    this.#source = source
  }

  get isExhausted(): boolean {
    return this.#hasCompleted && this.#next === this.#waiting.length
  }

  pull(): void {
    if (!this.#isSubscribed) {
      this.#isSubscribed = true
      from(this.#source).subscribe(this)
    }
    if (this.#isPulling) return
    this.#isPulling = true
    try {
      while (this.#next < this.#waiting.length && this.#taker.hasRoom) this.#take()
    } finally {
      this.#isPulling = false
    }
    if (this.isExhausted) this.#taker.end()
  }

  close(): void {
    this.#waiting = []
    this.#next = 0
    this.unsubscribe()
  }

  protected override _next(task: Task): void {
    this.#waiting.push(task)
    this.pull()
  }

  protected override _error(thrown: unknown): void {
    this.#taker.fail(thrown)
  }

  protected override _complete(): void {
    this.#hasCompleted = true
    this.pull()
  }

  #take(): void {
    // It is a task: the index is below the length.
    const task = this.#waiting[this.#next] as Task
    this.#next += 1
    // Not one by one: what is behind would be moved each time.
    if (this.#next * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next)
      this.#next = 0
    }
    this.#taker.add(task)
  }
}
