import { types } from 'node:util'
import { BELL_BYTES, BellWord, Words } from './words.js'

const SILENT = 0
const RUNG = 1

/** By it one thread wakes another, once; until then it says by beats that its loop turns. */
export class Bell {
  /** To be shared with the other side. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Words<BellWord>

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Words(buffer)
  }

  static allocate(): Bell {
    return new Bell(new SharedArrayBuffer(BELL_BYTES))
  }

  static received(buffer: unknown): Bell | undefined {
    const isOne = types.isSharedArrayBuffer(buffer) && buffer.byteLength === BELL_BYTES
    return isOne ? new Bell(buffer) : undefined
  }

  /** How often it has beaten; in 32 bits. */
  get beats(): number {
    return this.#words.load(BellWord.BEATS)
  }

  /** Wakes nobody: who sleeps looks at times. */
  beat(): void {
    this.#words.add(BellWord.BEATS, 1)
  }

  /** What is to be found by then is there before. */
  ring(): void {
    this.#words.store(BellWord.RUNG, RUNG)
    this.#words.notify(BellWord.RUNG)
  }

  /** Sleeps until it is rung, or `ms` have passed; not at all if it was. */
  sleep(ms: number): void {
    this.#words.sleep(BellWord.RUNG, SILENT, ms)
  }
}
