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
import type { Outcome } from './thread.js'
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

/** An outcome as it crosses threads among the arguments of a call. */
export type EncodedOutcome =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'failure'; readonly thrown: EncodedThrown }

export function encodeOutcome(outcome: Exclude<Outcome, { type: 'empty' }>): EncodedOutcome {
  return outcome.type === 'value' ? outcome : { type: 'failure', thrown: encodeThrown(outcome.thrown) }
}

export function decodeOutcome(encoded: EncodedOutcome): Outcome {
  return encoded.type === 'value' ? encoded : { type: 'failure', thrown: decodeThrown(encoded.thrown) }
}
