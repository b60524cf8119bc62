/** What the thread of a pool does with large values. */
import { serialize } from 'node:v8'
import { blocking, move } from 'rx-crochet/caller'
import type { benchmarked } from './benchmarked.js'

const now = blocking<typeof benchmarked>('benchmarked', { timeout: 60_000 })

const MOVED = 64 * 2 ** 20
const COPIED = 2 ** 20

/** How long each took that was moved, and as many calls that do nothing, by the same lane; in µs. They take turns. */
export function moves(turns: number): Record<'moved' | 'general', Float64Array> {
  const [moved, general] = [took(turns), took(turns)]
  const map = new Map()
  let bytes = new Uint8Array(MOVED).fill(1)
  for (let turn = 0; turn < turns; turn++) {
    moved[turn] = timed(() => {
      bytes = checked(now.giveBack(move(bytes)))
    })
    general[turn] = timed(() => now.echo(map))
  }
  return { moved, general }
}

/** How long each took that was copied, and as many structured clones there and back; in µs. They take turns. */
export function copies(turns: number): Record<'copied' | 'cloned', Float64Array> {
  const [copied, cloned] = [took(turns), took(turns)]
  const object = objectOf(COPIED)
  for (let turn = 0; turn < turns; turn++) {
    copied[turn] = timed(() => now.echo(object))
    cloned[turn] = timed(() => structuredClone(structuredClone(object)))
  }
  return { copied, cloned }
}

function took(turns: number): Float64Array<ArrayBuffer> {
  return new Float64Array(turns)
}

function timed(call: () => void): number {
  const start = performance.now()
  call()
  return (performance.now() - start) * 1_000
}

function checked(received: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = received
  if (buffer instanceof ArrayBuffer && length === MOVED && received.at(-1) === 1) return new Uint8Array(buffer)
  throw new Error('another array came back')
}

/** Rows as of a database, that many bytes when they are written. */
function objectOf(bytes: number): object {
  const row = (id: number): object => ({
    id,
    name: `row number ${id}`,
    price: id / 7,
    tags: ['a', 'b'],
    sold: id % 2 > 0,
  })
  const rows = [row(0)]
  const each = serialize([row(10_000)]).length
  while (rows.length * each < bytes) rows.push(row(rows.length))
  return { rows }
}
