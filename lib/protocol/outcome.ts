import type { Outcome } from './thread.js'
import { decodeThrown, type EncodedThrown, isEncodedThrown } from './thrown.js'

/** An outcome as a calling thread sends it to the reactor. */
export type EncodedOutcome =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'failure'; readonly thrown: EncodedThrown }

export function decodeOutcome(encoded: EncodedOutcome): Exclude<Outcome, { type: 'empty' }> {
  return encoded.type === 'value' ? encoded : { type: 'failure', thrown: decodeThrown(encoded.thrown) }
}

export function isEncodedOutcome(value: unknown): value is EncodedOutcome {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return value.type === 'failure' ? 'thrown' in value && isEncodedThrown(value.thrown) : value.type === 'value'
}
