/**
 * What the two sides say to each other on a thread's port: requests, and answers to them. Nobody outside can be kept from
 * posting there, so each side checks what it reads: what is not one of these is ignored and logged, never trusted.
 *
 * @module
 */

/** What is posted. A flat array: cloning an object with its keys, one within the other, takes three times as long. */
export type Wire = readonly [type: string, ...fields: unknown[]]

/** Numbers what is to be answered. */
export function isCallId(id: unknown): id is number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
}

export function isCount(value: unknown): value is number {
  return value === 0 || isCallId(value)
}
