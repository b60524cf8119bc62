/**
 * How a thrown thing crosses threads. Structured clone alone loses an error's class, `code` and own properties, an
 * `AggregateError`'s `errors` and the whole of a `DOMException`; and one property that cannot be cloned loses all.
 * So errors cross as a table of their parts, and are built again on the other side; plain objects and arrays likewise,
 * since they may have errors, and what cannot be cloned, within.
 *
 * @module
 */
import { decodeThrown } from './decode-thrown.js'
import { encodeThrown } from './encode-thrown.js'
import type { EncodedThrown } from './thrown-parts.js'

export { messageOf } from './reading.js'
export type { EncodedThrown } from './thrown-parts.js'
export { decodeThrown, encodeThrown }

/** Looks no further than is needed not to stumble: who can post on our port can throw what they like. */
export function isEncodedThrown(value: unknown): value is EncodedThrown {
  return typeof value === 'object' && value !== null && 'parts' in value && Array.isArray(value.parts)
}

/** Whether it is an error of that class, one of this package's. */
export function isOf(errorClass: { readonly name: string }, { parts: [thrown] }: EncodedThrown): boolean {
  return thrown?.type === 'error' && thrown.classes[0] === errorClass.name
}
