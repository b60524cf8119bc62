/**
 * Messages in shared memory, from one thread that writes to one that reads, as text.
 *
 * ```
 *  a message:  ┌ bytes of the text ┬ position ┬ the text, in UTF-8 ┬ up to the next 8 bytes ┐
 *              └ int32             ┴ int32    ┴                    ┴                        ┘
 *  a gap:      ┌ -1 ┐ and on at the ring's beginning, as the next message doesn't fit before the end
 * ```
 *
 * Each side keeps its own position to itself and only publishes it. So if another thread overwrites the memory by mistake,
 * messages are lost, and that shows; but each side goes on, and comes to an end.
 *
 * @module
 */
import type { RingMemory } from './memory/ring-memory.js'

const HEADER = 8
const GAP = -1
/** Bytes that a character of a text takes at the most, in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3

export class RingWriter {
  readonly #memory: RingMemory
  readonly #fields: Int32Array
  #written: number

  constructor(memory: RingMemory) {
    this.#memory = memory
    this.#fields = fieldsOf(memory)
    this.#written = memory.written
  }

  /**
   * Writes a message, if there is room; returns whether there was.
   *
   * @param text - Well-formed: of half a surrogate pair UTF-8 has nothing.
   */
  write(position: number, text: string): boolean {
    const { bytes, read } = this.#memory
    const written = this.#written
    const size = bytes.length
    const most = HEADER + aligned(text.length * MOST_BYTES_A_CHARACTER)
    const used = (written - read) | 0
    if (used < 0) return false // what was overwritten; else it would seem to have more room than it has
    const toEnd = size - (written & (size - 1))
    const gap = most > toEnd ? toEnd : 0
    if (gap + most > size - used) return false
    if (gap > 0) this.#fields[(size - gap) >> 2] = GAP
    const at = (written + gap) & (size - 1)
    const length = bytes.write(text, at + HEADER)
    this.#fields[at >> 2] = length
    this.#fields[(at >> 2) + 1] = position
    this.#written = (written + gap + HEADER + aligned(length)) | 0
    this.#memory.written = this.#written
    return true
  }
}

export class RingReader {
  readonly #memory: RingMemory
  readonly #fields: Int32Array
  #read: number

  constructor(memory: RingMemory) {
    this.#memory = memory
    this.#fields = fieldsOf(memory)
    this.#read = memory.read
  }

  /** The position of the first message; `undefined` if there is none. */
  get head(): number | undefined {
    const unread = this.#unread
    if (unread === 0) return undefined
    const toEnd = this.#size - this.#at
    // A writer makes no gap before it has something to put behind it, and none that is the whole ring.
    if (this.#field(0) === GAP && this.#at > 0 && toEnd < unread) this.#advance(toEnd)
    return this.#field(1)
  }

  /**
   * Reads the first message; to be asked for when there is a `head`.
   *
   * @throws Error if that is none. Then all that had been written is skipped.
   */
  take(): string {
    const unread = this.#unread
    const length = this.#field(0)
    const bytes = HEADER + aligned(length)
    const toEnd = this.#size - this.#at
    if (length < 0 || length > toEnd - HEADER || bytes > unread || unread > this.#size) {
      this.#advance(unread)
      throw new Error('the messages in shared memory were overwritten')
    }
    const from = this.#at + HEADER
    const text = this.#memory.bytes.toString('utf8', from, from + length)
    this.#advance(bytes)
    return text
  }

  get #size(): number {
    return this.#memory.bytes.length
  }

  /** Where the first message is. */
  get #at(): number {
    return this.#read & (this.#size - 1)
  }

  /** In bytes; whatever was overwritten it is whole headers, and not less than 0. */
  get #unread(): number {
    return Math.max(0, (this.#memory.written - this.#read) & -HEADER)
  }

  #field(nth: number): number {
    return this.#fields[(this.#at >> 2) + nth] ?? GAP
  }

  #advance(bytes: number): void {
    this.#read = (this.#read + bytes) | 0
    this.#memory.read = this.#read
  }
}

function fieldsOf({ bytes }: RingMemory): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / Int32Array.BYTES_PER_ELEMENT)
}

function aligned(bytes: number): number {
  return (bytes + HEADER - 1) & -HEADER
}
