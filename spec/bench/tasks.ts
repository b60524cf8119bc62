/** What the benchmark's pool threads do. */
import { type MessagePort, parentPort } from 'node:worker_threads'
import { blocking, type EventualResult, emitting, eventual, logger, ReactorStopped, streaming } from 'rx-crochet/caller'
import type { benchmarked, HeldCalls } from './benchmarked.js'
import { threadRan } from './core.js'
import { quantile } from './figures.js'
import { heapUsed } from './heap.js'
import { repeated } from './repeated.js'
import type { counting } from './streaming.js'
import { failuresByV8 } from './v8-failures.js'

export * from './load-tasks.js'
export { copies, moves } from './value-tasks.js'

const now = blocking<typeof benchmarked>('benchmarked', { timeout: 60_000 })
const later = eventual<typeof benchmarked>('benchmarked')
const held = eventual<HeldCalls>('held')

/** In ms. */
const WARM_UP = 20

/** How long each blocking call took, in µs, of as many as were made in that many ms. */
export function blockingCalls({ ms, value }: { ms: number; value: unknown }): Float64Array {
  return repeated(ms, () => now.echo(value))
}

/** How long this thread's first call took, and the median of warm ones, in µs. */
export function firstCall(): { first: number; warm: number } {
  const [first = Number.NaN] = repeated(0, () => now.echo(1))
  blockingCalls({ ms: WARM_UP, value: 1 })
  return { first, warm: quantile(blockingCalls({ ms: WARM_UP, value: 1 }), 0.5) }
}

/** What this thread runs for each of that many calls that are answered after 1 ms, in µs. */
export function cpuOfSleep(calls: number): number | undefined {
  const before = threadRan()
  for (let i = 0; i < calls; i++) now.answerAfter1ms()
  const after = threadRan()
  return before === undefined || after === undefined ? undefined : ((after - before) * 1_000) / calls
}

/**
 * How long each of that many blocking calls took that fail, and of as many that succeed, in µs. They are made in turns. And
 * what V8 takes for an Error that stays where it is, in this thread and in the reactor's.
 */
export function failingCalls(
  calls: number,
): Record<'failing' | 'succeeding' | 'v8InThread' | 'v8InReactor', Float64Array> {
  const failing = new Float64Array(calls)
  const succeeding = new Float64Array(calls)
  for (let i = 0; i < calls; i++) {
    const start = performance.now()
    try {
      now.fail(i)
    } catch {
      // That is what it is measured for.
    }
    const between = performance.now()
    now.echo(i)
    const end = performance.now()
    failing[i] = (between - start) * 1_000
    succeeding[i] = (end - between) * 1_000
  }
  return { failing, succeeding, v8InThread: failuresByV8(calls), v8InReactor: now.failHere(calls) }
}

const log = logger()

/** Logs that many lines; returns when it began, in ns of `process.hrtime`. */
export function logsLines(lines: number): bigint {
  const start = process.hrtime.bigint()
  for (let line = 0; line < lines; line++) log.warn({ line }, 'a line for the log')
  return start
}

/** Posts what `logsLines` logs, as a message of the thread's own channel. */
export function postsLines(lines: number): bigint {
  const start = process.hrtime.bigint()
  for (let line = 0; line < lines; line++) {
    parentPort?.postMessage({ level: 'warn', message: 'a line for the log', details: { line } })
  }
  return start
}

/** How long one call took, in µs, of that many that are all sent before the first is read; as often as was begun in that many ms. */
export function pipelinedCalls({ calls, ms }: { calls: number; ms: number }): number[] {
  const times = repeated(ms, () => {
    const results = Array.from({ length: calls }, (_, i) => later.echo(i))
    for (const result of results) result.wait(60_000)
  })
  return [...times].map((µs) => µs / calls)
}

const kept: EventualResult<unknown>[] = []

/** Makes calls that stay pending, and keeps them; returns what each of them takes of this thread's heap, in bytes. */
export function pendingCalls(calls: number): number {
  const before = heapUsed()
  for (let i = 0; i < calls; i++) kept.push(later.never(i))
  now.echo(0) // the reactor has received them all when this is answered
  return (heapUsed() - before) / calls
}

/**
 * Makes that many calls that stay pending, and sleeps on the last of them until the reactor stops.
 *
 * @returns When this thread was awake again, in ns of `process.hrtime`, a clock that all threads of a process share.
 */
export function sleepsUntilStop(calls: number): bigint {
  const results = Array.from({ length: calls }, () => held.hold())
  try {
    results.at(-1)?.wait(Number.POSITIVE_INFINITY)
  } catch (failure) {
    if (failure instanceof ReactorStopped) return process.hrtime.bigint()
    throw failure
  }
  throw new Error('a call that never ends has ended')
}

/** Sleeps where nobody can wake it, which it says before. */
export function sleepsForEver(): void {
  parentPort?.postMessage('asleep')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0)
}

export const increment = (value: number): number => value + 1

export const emits = emitting(function* emits(count: number) {
  for (let value = 0; value < count; value++) yield value
})

/** Posts as many values as `emits` yields, with nothing that holds it up. */
export function posts({ port, count }: { port: MessagePort; count: number }): void {
  for (let value = 0; value < count; value++) port.postMessage(value)
}

const counts = streaming<typeof counting>('counting', { timeout: 60_000 })

/** Reads that many values of a stream; returns how long that took, in ms. */
export function iterates(count: number): number {
  const start = performance.now()
  let read = 0
  for (const _ of counts.upTo(count)) read += 1
  if (read !== count) throw new Error(`read ${read} values instead of ${count}`)
  return performance.now() - start
}

/** As `iterates`; returns what that left on this thread's heap, in bytes. */
export function heapOfIterating(count: number): number {
  const before = heapUsed()
  iterates(count)
  return heapUsed() - before
}

/** Reads as many messages of a port; returns how long that took, in ms. */
export function listens({ port, count }: { port: MessagePort; count: number }): Promise<number> {
  const start = performance.now()
  let read = 0
  return new Promise((resolve) => {
    port.on('message', () => {
      read += 1
      if (read < count) return
      port.close()
      resolve(performance.now() - start)
    })
  })
}
