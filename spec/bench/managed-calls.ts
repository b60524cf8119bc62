/**
 * A program of its own, as it blocks its main thread, and has a managed reactor only where there is no other. Prints what
 * it has measured, as JSON.
 */
import { move } from 'rx-crochet/caller'
import { quantile } from './figures.js'
import { echo as makeSynchronous } from './managed-make-synchronous.js'
import { giveBack, echo as ours } from './managed-ours.js'
import type { Comparison, Kind } from './managed-peers.js'
import { echo as synckit } from './managed-synckit.js'
import { TURNS } from './rounds.js'

const NO_OPS = 2_000
const WARM_UP_TURNS = 4
const TEXTS = 10
const TEXT = 'x'.repeat(2 ** 20)
const BYTES = 64 * 2 ** 20

process.stdout.write(JSON.stringify([...noOps(), text(), ...array()]))

function noOps(): Comparison[] {
  const noOp = (echo: Echo) => () => void echo(1)
  // Until the compilers of all threads have done their work.
  inTurns(WARM_UP_TURNS, NO_OPS, noOp)
  const took = inTurns(TURNS, NO_OPS, noOp)
  return [
    { what: 'main thread: no-op call, median', unit: 'µs', took: quantiles(took, 0.5), atMost: 1 },
    { what: 'main thread: no-op call, p99', unit: 'µs', took: quantiles(took, 0.99), atMost: 1 },
  ]
}

function text(): Comparison {
  const took = inTurns(TURNS, TEXTS, (echo) => () => {
    if (echo(TEXT) !== TEXT) throw new Error('another string came back')
  })
  return { what: 'main thread: a string of 1 MiB there and back, median', unit: 'µs', took: quantiles(took, 0.5) }
}

function array(): Comparison[] {
  let array: Uint8Array = new Uint8Array(BYTES).fill(1)
  const moves = (): void => {
    array = checked(giveBack(move(array)))
  }
  moves() // imports the module
  // Before the copies, which would leave it to wait until they are swept up.
  const moved = timed(TURNS, moves)
  const copied = inTurns(TURNS, 1, (echo) => () => void checked(echo(array)))
  const row = { what: 'main thread: a Uint8Array of 64 MiB there and back, median', unit: 'µs' }
  return [
    { ...row, took: quantiles(copied, 0.5) },
    { ...row, what: `${row.what}, ours by move()`, took: quantiles({ ...copied, ours: moved }, 0.5) },
  ]
}

function checked(received: unknown): Uint8Array {
  if (received instanceof Uint8Array && received.length === BYTES && received.at(-1) === 1) return received
  throw new Error('another array came back')
}

type Echo = (value: unknown) => unknown

/** How long each call took, in µs. The kinds take turns, of that many calls each. */
function inTurns(turns: number, calls: number, callOf: (echo: Echo) => () => void): Record<Kind, number[]> {
  const took: Record<Kind, number[]> = { ours: [], synckit: [], 'make-synchronous': [] }
  for (let turn = 0; turn < turns; turn++) {
    took.ours.push(...timed(calls, callOf(ours)))
    took.synckit.push(...timed(calls, callOf(synckit)))
    took['make-synchronous'].push(...timed(calls, callOf(makeSynchronous)))
  }
  return took
}

function timed(calls: number, call: () => void): number[] {
  return Array.from({ length: calls }, () => {
    const start = performance.now()
    call()
    return (performance.now() - start) * 1_000
  })
}

function quantiles(took: Readonly<Record<Kind, number[]>>, share: number): Record<Kind, number> {
  const of = (kind: Kind): number => quantile(Float64Array.from(took[kind]), share)
  return { ours: of('ours'), synckit: of('synckit'), 'make-synchronous': of('make-synchronous') }
}
