/**
 * Messages in shared memory, from one thread that writes to one that reads, as text.
 *
 * ```
 *  a message:  ┌ bytes of the text ┬ position ┬ the text, in UTF-8 ┬ up to the next 8 bytes ┐
 *              └ int32             ┴ int32    ┴                    ┴                        ┘
 *  a gap:      ┌ -1 ┐ and on at the ring's beginning, as the next message doesn't fit before the end
 * ```
 *
 * @module
 */
import type { RingMemory } from './memory.js'

const HEADER = 8
const GAP = -1
/** Bytes that a character of a text takes at the most, in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3

export class RingWriter {
  readonly #memory: RingMemory
  readonly #fields: Int32Array

  constructor(memory: RingMemory) {
    this.#memory = memory
    this.#fields = fieldsOf(memory)
  }

  /** Writes a message, if there is room; returns whether there was. */
  write(position: number, text: string): boolean {
    const { bytes, written, read } = this.#memory
    const size = bytes.length
    const most = HEADER + aligned(text.length * MOST_BYTES_A_CHARACTER)
    const free = size - ((written - read) | 0)
    const toEnd = size - (written & (size - 1))
    const gap = most > toEnd ? toEnd : 0
    if (gap + most > free) return false
    if (gap > 0) this.#fields[(size - gap) >> 2] = GAP
    const at = (written + gap) & (size - 1)
    const length = bytes.write(text, at + HEADER)
    this.#fields[at >> 2] = length
    this.#fields[(at >> 2) + 1] = position
    this.#memory.written = (written + gap + HEADER + aligned(length)) | 0
    return true
  }
}

export class RingReader {
  readonly #memory: RingMemory
  readonly #fields: Int32Array

  constructor(memory: RingMemory) {
    this.#memory = memory
    this.#fields = fieldsOf(memory)
  }

  /** The position of the first message; `undefined` if there is none. */
  get head(): number | undefined {
    const { bytes, read, written } = this.#memory
    if (read === written) return undefined
    const at = read & (bytes.length - 1)
    if (this.#fields[at >> 2] !== GAP) return this.#fields[(at >> 2) + 1]
    this.#memory.read = (read + bytes.length - at) | 0
    return this.head
  }

  /** Reads the first message; to be asked for when there is a `head`. */
  take(): string {
    const { bytes, read, written } = this.#memory
    const at = read & (bytes.length - 1)
    const length = this.#fields[at >> 2] ?? 0
    const end = (read + HEADER + aligned(length)) | 0
    // Others may write here too, by mistake: the ring is read on from where it makes sense again.
    const isSound = length >= 0 && ((written - end) | 0) >= 0
    const text = isSound ? bytes.toString('utf8', at + HEADER, at + HEADER + length) : ''
    this.#memory.read = isSound ? end : written
    return text
  }
}

function fieldsOf({ bytes }: RingMemory): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / Int32Array.BYTES_PER_ELEMENT)
}

function aligned(bytes: number): number {
  return (bytes + HEADER - 1) & -HEADER
}
