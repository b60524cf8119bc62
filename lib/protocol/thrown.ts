/**
 * How a thrown thing crosses threads. Structured clone alone loses an error's class, `code` and own properties, an
 * `AggregateError`'s `errors` and the whole of a `DOMException`; and one property that cannot be cloned loses all.
 * So errors cross as a table of their parts, and are built again on the other side; arrays, Maps, Sets, plain objects and
 * instances of classes likewise, since they may have errors, and what cannot be cloned, within.
 *
 * @module
 */
import { decodeThrown } from './decode-thrown.js'
import { encodeThrown } from './encode-thrown.js'
import type { EncodedThrown } from './thrown-parts.js'

export { messageOf } from './reading.js'
export type { EncodedThrown } from './thrown-parts.js'
export { isEncodedThrown } from './validate-thrown.js'
export { decodeThrown, encodeThrown }

/** Whether it is an error of that class, one of this package's. */
export function isOf(errorClass: { readonly name: string }, { parts: [thrown] }: EncodedThrown): boolean {
  return thrown?.type === 'error' && thrown.classes[0] === errorClass.name
}
