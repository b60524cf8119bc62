import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { classNameOf, classWithArticle } from './class-name.js'
import { isDetached, isMoved } from './move.js'
import { cut, nameOfFunction, shown } from './shown.js'
import { messageOf } from './thrown.js'
import { findUncloneable, THROWING_GETTER } from './uncloneable.js'

/** What was to be posted. */
export interface Posted {
  /** Without the marks of `move`. */
  readonly value: unknown
  readonly transfer: readonly unknown[]
  /** How messages name the value. Default: `value`. */
  readonly name?: 'value' | 'arguments'
}

type NotPostedClass = new (message: string, options?: ErrorOptions) => Error

/** Found out before or while it was posted; the message says all: why, and what is to be done. */
export class Unpostable extends Error {}

/**
 * What is posted twice arrives empty, or not at all.
 *
 * @throws Unpostable if some of it was moved before.
 */
export function refuseMoved(transfer: readonly unknown[]): void {
  if (transfer.length === 0 || !transfer.some(isDetached)) return
  throw new Unpostable(
    'what `move()` was given had been moved before, so it is empty here; move a copy, such as `it.slice()`, of what is needed again',
  )
}

/**
 * The error of what could not be posted.
 *
 * @param what - What cannot be sent to where, for the message.
 * @param cause - What posting threw.
 */
export function notPosted(errorClass: NotPostedClass, what: string, posted: Posted, cause: unknown): Error {
  if (!(cause instanceof Unpostable)) return new errorClass(`${what}: ${whyNot(posted, cause)}`, { cause })
  const { message, cause: inner } = cause
  return new errorClass(`${what}: ${message}`, inner === undefined ? {} : { cause: inner })
}

function whyNot({ value, transfer, name = 'value' }: Posted, cause: unknown): string {
  try {
    const found = findUncloneable(value, new Set(transfer))
    if (found === undefined) return `it could not be transferred (${messageOf(cause)}); ${TRANSFERABLE}`
    const isWhole = name === 'arguments' ? /^\[\d+\]$/.test(found.path) : found.path === ''
    const { what, cure } = lookAt(found.part, isWhole, cause)
    return `because of \`${name}${cut(found.path)}\` (${what}); ${cure}`
  } catch {
    return 'because of something that cannot be looked into; plain data can be copied'
  }
}

const TRANSFERABLE =
  '`move()` takes an `ArrayBuffer`, a view of one, a `MessagePort`, or what else can be transferred, and each once'

/** What can't be cloned, but transferred. */
const TRANSFERABLE_CLASSES: readonly string[] = ['ReadableStream', 'WritableStream', 'TransformStream', 'FileHandle']

/** @param isWhole - Whether it is a whole argument, or a whole result. */
function lookAt(part: unknown, isWhole: boolean, cause: unknown): { what: string; cure: string } {
  if (part === THROWING_GETTER)
    return { what: `a getter that throws: ${messageOf(cause)}`, cure: 'give the values themselves' }
  if (typeof part === 'function') {
    const fn = cut(nameOfFunction(part))
    return { what: fn === '' ? 'a function' : `the function \`${fn}\``, cure: "functions don't cross threads" }
  }
  if (typeof part !== 'object' || part === null) return { what: shown(part), cure: 'plain data can be copied' }
  if (types.isProxy(part))
    return { what: 'a Proxy', cure: 'give a plain copy of what it stands for, as by `{ ...it }`' }
  if (isMoved(part)) {
    return { what: 'what `move()` gave', cure: '`move()` takes a whole argument or a whole result, and no part of one' }
  }
  const what = cut(classWithArticle(part))
  if (isGone(part)) {
    return { what: `${what} whose memory was moved, so it is empty here`, cure: 'move a copy, such as `it.slice()`' }
  }
  if (!(part instanceof MessagePort) && !TRANSFERABLE_CLASSES.includes(classNameOf(part))) {
    return { what, cure: types.isPromise(part) ? '`await` it before' : 'plain data can be copied' }
  }
  return { what, cure: `transfer it by \`move()\`${isWhole ? '' : ', as an argument or a result of its own'}` }
}

function isGone(part: object): boolean {
  return isDetached(ArrayBuffer.isView(part) ? part.buffer : part)
}
