import { RING_BYTES, type RingPlace, Words } from './words.js'

/**
 * The part of a connection's memory through which messages go in one direction. What is in its bytes `ring.ts` says.
 *
 * **Why no message in a ring is overlooked.** Who writes moves WRITTEN first, and then reads WATCHED. Who reads clears
 * WATCHED first, and then looks once more.
 *   - It was cleared before the writer read it: the writer posts on the port that there is something to look at.
 *   - It was cleared after that: then WRITTEN had moved before, and the last look sees it.
 */
export class RingMemory {
  readonly bytes: Buffer
  readonly #words: Words<number>
  readonly #place: RingPlace

  constructor(buffer: SharedArrayBuffer, place: RingPlace) {
    this.bytes = Buffer.from(buffer, place.FROM, RING_BYTES)
    this.#words = new Words(buffer)
    this.#place = place
  }

  /** Bytes ever written, in 32 bits. Moved when they are there: who sees it moved sees them. */
  get written(): number {
    return this.#words.load(this.#place.WRITTEN)
  }

  set written(bytes: number) {
    this.#words.store(this.#place.WRITTEN, bytes)
  }

  /** Bytes ever read, in 32 bits. Moved when they are no longer needed: they may be written to again. */
  get read(): number {
    return this.#words.load(this.#place.READ)
  }

  set read(bytes: number) {
    this.#words.store(this.#place.READ, bytes)
  }

  /** Whether its reader looks into it unasked. */
  get isWatched(): boolean {
    return this.#words.load(this.#place.WATCHED) !== 0
  }

  set isWatched(isWatched: boolean) {
    this.#words.store(this.#place.WATCHED, Number(isWatched))
  }
}
