import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import type { RingMemory } from '../../lib/protocol/memory/ring-memory.js'
import { RingReader, RingWriter } from '../../lib/protocol/ring.js'

const HEADER = 8
/** Starts of the counters of bytes: the usual one, and some before they wrap. */
const STARTS = [0, 8, 2 ** 16 - 8, 2 ** 31 - 8, 2 ** 31 - 2 ** 16, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 2 ** 16 - 16]

let memory: RingMemory
let writer: RingWriter
let reader: RingReader
let fields: Int32Array

function open(start = 0): void {
  memory = ConnectionMemory.allocate().requests
  memory.written = start | 0
  memory.read = start | 0
  writer = new RingWriter(memory)
  reader = new RingReader(memory)
  fields = new Int32Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length / 4)
}

/** All that is there, as far as the reader gets; it must get to an end. */
function takeAll(): unknown[] {
  const taken: unknown[] = []
  for (let head = reader.head; head !== undefined; head = reader.head) {
    try {
      taken.push([head, reader.take()])
    } catch (error) {
      taken.push(error)
    }
    if (taken.length > memory.bytes.length / HEADER) throw new Error('it has no end')
  }
  return taken
}

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .tuple(fc.constantFrom('a', 'é', '漢', '😀', '\0', '\u{feff}'), fc.nat(10_000))
    .map(([unit, count]) => unit.repeat(count / unit.length)),
)

beforeEach(() => open())

describe('a ring', () => {
  it.each(STARTS)(
    'gives what was written, in order, for any sequence of writes and takes, from byte %i on',
    (start) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(texts, fc.constant('take' as const)), { size: '+1' }), (steps) => {
          open(start)
          const expected: [number, string][] = []
          steps.forEach((step, position) => {
            if (step !== 'take') {
              if (writer.write(position, step)) expected.push([position, step])
              // One that takes less than half of it has room in an empty one, wherever it begins.
              else if (expected.length === 0) throw new Error(`no room for ${step.length} characters`)
            } else if (expected.length > 0) {
              expect([reader.head, reader.take()]).toEqual(expected.shift())
            } else {
              expect(reader.head).toBeUndefined()
            }
          })
          expect(takeAll()).toEqual(expected)
          expect(memory.read).toBe(memory.written)
        }),
        { numRuns: 40 },
      )
    },
  )

  it.each(STARTS)('goes round many times, from byte %i on', (start) => {
    open(start)
    const written: number[] = []
    const taken: number[] = []
    for (let nth = 0; nth < 3_000; nth++) {
      while (!writer.write(nth, `${nth}`.padEnd((nth * 37) % 900))) {
        const head = reader.head
        expect(Number(reader.take())).toBe(head)
        taken.push(Number(head))
      }
      written.push(nth)
    }
    for (let head = reader.head; head !== undefined; head = reader.head) taken.push(Number(reader.take()))
    expect(taken).toEqual(written)
  })

  it('has no room for more than it has bytes, and again when that was read', () => {
    let count = 0
    while (writer.write(count, 'x'.repeat(100))) count += 1
    // Room for what the text could take at the most is asked for, and what it does take is used.
    const bytes = HEADER + 104
    expect(count).toBeGreaterThan((memory.bytes.length - 500) / bytes)
    expect(count).toBeLessThanOrEqual(memory.bytes.length / bytes)
    expect(takeAll()).toHaveLength(count)
    expect(writer.write(count, 'x'.repeat(100))).toBe(true)
    expect(takeAll()).toEqual([[count, 'x'.repeat(100)]])
  })

  it.each(STARTS)('refuses what could be longer than all of it, empty as it is: from byte %i on', (start) => {
    open(start)
    expect(writer.write(1, 'x'.repeat(memory.bytes.length))).toBe(false)
    expect(reader.head).toBeUndefined()
  })

  it.each([0, -1, 1, 2 ** 31 - 1, -(2 ** 31)])('keeps any position: %i', (position) => {
    writer.write(position, 'text')
    expect(takeAll()).toEqual([[position, 'text']])
  })
})

describe('a ring that another thread writes to by mistake', () => {
  const numbers = fc.oneof(
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.integer({ min: -32, max: 2 ** 17 }),
    fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31)),
  )

  it('is read to an end, and written to, whatever is in it', () => {
    const overwrites = fc.array(
      fc.record({ word: fc.constantFrom('written', 'read', 'field', 'fields'), at: fc.nat(40), value: numbers }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(fc.constantFrom(...STARTS), fc.nat(600), overwrites, (start, count, mistakes) => {
        open(start)
        for (let nth = 0; nth < count; nth++) writer.write(nth, 'text'.repeat(nth % 30))
        for (const { word, at, value } of mistakes) {
          if (word === 'written') memory.written = value
          else if (word === 'read') memory.read = value
          else if (word === 'field') fields[at] = value
          else fields.fill(value)
          takeAll()
          for (let nth = 0; nth < 3; nth++) writer.write(nth, 'text'.repeat(nth * 1_000))
        }
        takeAll()
      }),
    )
  })

  it('tells that it was overwritten, and goes on with what is written then', () => {
    writer.write(1, 'lost')
    fields[0] = 2 ** 20
    expect(takeAll()).toEqual([new Error('the messages in shared memory were overwritten')])
    writer.write(2, 'text')
    expect(takeAll()).toEqual([[2, 'text']])
  })

  it('is not gone round for a gap that is the whole of it', () => {
    writer.write(1, 'lost')
    fields[0] = -1
    memory.written = 12
    expect(takeAll()).toEqual([expect.any(Error)])
  })

  it('is not written over what is unread when the position of its reader is beyond that of its writer', () => {
    writer.write(1, 'one')
    memory.read = 2 ** 16
    expect(writer.write(2, 'two')).toBe(false)
    expect(takeAll()).toEqual([[1, 'one']])
  })

  it('has nothing until its writer repairs its own position', () => {
    writer.write(1, 'one')
    memory.written = -64
    expect(takeAll()).toEqual([])
    writer.write(2, 'two')
    expect(takeAll()).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
  })
})
