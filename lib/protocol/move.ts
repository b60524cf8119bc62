/**
 * Transferring instead of copying. The two symbols are Piscina's own, registered for the whole process, so that what
 * `Piscina.move` marked is understood here without loading Piscina.
 *
 * @module
 */
import { types } from 'node:util'
import type { Transferable } from 'node:worker_threads'

const TRANSFERABLE = Symbol.for('Piscina.transferable')
const VALUE = Symbol.for('Piscina.valueOf')
/** Shown by the error of a call that has a mark somewhere within a value. */
const MISPLACED = 'move() takes a whole argument or a whole result'

/** A value as a message carries it, and what of it is transferred. */
export interface Parcel {
  readonly value: unknown
  readonly transfer: readonly Transferable[]
}

/**
 * Marks a value so that a call transfers it to the other thread instead of copying it: as an argument of a call, or as
 * the value that a reactive function returns, resolves to or emits. This thread's own copy is unusable afterwards.
 *
 * It takes a whole argument or a whole result, not a part of one, and each buffer once: what was moved before is refused by the call.
 *
 * Beware: a view (`Uint8Array`, `Buffer` …) takes its whole `ArrayBuffer` with it, and with that every other view of it.
 * A small `Buffer` shares its memory with others and cannot be transferred; `Uint8Array`s made by you can.
 *
 * @example
 * ```ts
 * const thumbnail = images.resize(move(pixels), 128) // `pixels` is empty from here on
 * ```
 * @param value - An `ArrayBuffer`, a view of one, a `MessagePort`, or anything else that can be transferred.
 * @returns What is to be given to the call; typed as the value itself, as which it arrives.
 */
export function move<T extends object>(value: T): T {
  if (isMarked(value)) return value
  const transferred = ArrayBuffer.isView(value) ? value.buffer : value
  // The mark stands in for the value until the call unpacks it; on the other side the value itself arrives. The function
  // makes a mark that nobody unpacks fail to be copied; or it would arrive as an empty object.
  return { [TRANSFERABLE]: transferred, [VALUE]: value, [MISPLACED]: () => undefined } as unknown as T
}

/** Takes the mark off one value. */
export function unpack(value: unknown): Parcel {
  return isMarked(value) ? { value: value[VALUE], transfer: [value[TRANSFERABLE]].flat() } : { value, transfer: [] }
}

/** Takes the marks off a call's arguments. */
export function unpackAll(values: readonly unknown[]): {
  values: readonly unknown[]
  transfer: readonly Transferable[]
} {
  if (!values.some(isMarked)) return { values, transfer: [] }
  const parcels = values.map(unpack)
  // Two views of one buffer name it twice, which a transfer list must not.
  const transfer = new Set(parcels.flatMap((parcel) => parcel.transfer))
  return { values: parcels.map((parcel) => parcel.value), transfer: [...transfer] }
}

/** Whether it is what {@link move} gave. */
export function isMoved(value: unknown): boolean {
  return isMarked(value) && MISPLACED in value
}

/** Whether its memory was moved to another thread: of that nothing is left here. */
export function isDetached(value: unknown): boolean {
  if (!types.isArrayBuffer(value) || value.byteLength > 0) return false
  try {
    return new Uint8Array(value).byteLength !== 0 // \`detached\` is not there before Node 21
  } catch {
    return true
  }
}

interface Marked {
  readonly [TRANSFERABLE]: Transferable | Transferable[]
  readonly [VALUE]: unknown
}

function isMarked(value: unknown): value is Marked {
  try {
    return typeof value === 'object' && value !== null && TRANSFERABLE in value && VALUE in value
  } catch {
    return false // a Proxy that does not let itself be looked at; copying it will fail
  }
}
