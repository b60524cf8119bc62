import { type FunctionRef, isFunctionRef } from './function-ref.js'
import { type EncodedLine, isEncodedLine } from './log-line.js'
import { type EncodedOutcome, isEncodedOutcome } from './outcome.js'
import { cut } from './shown.js'
import { isStreamPlan, type StreamPlan } from './stream-plan.js'
import { type EncodedThrown, isEncodedThrown } from './thrown.js'
import { isCallId, isCount, type Wire } from './wire.js'

/** Every `call`, `stream`, `put`, `retrieve` and `stash` gets exactly one answer, whatever happens to it; they are numbered in one row. */
export type Request =
  | {
      readonly type: 'call'
      /** 1 for a connection's first, then one more each. */
      readonly id: number
      readonly ref: FunctionRef
      readonly args: readonly unknown[]
      /** How much longer the caller waits, in ms; `Infinity` for ever. No point in time: each thread has a clock of its own. */
      readonly timeout: number
      /** Whether the caller has a value for a function that ends without one. */
      readonly hasDefault: boolean
    }
  /** A call of which all values are wanted: they come as `items`, and behind the last the answer, `empty` or a `failure`. */
  | {
      readonly type: 'stream'
      readonly id: number
      readonly ref: FunctionRef
      readonly args: readonly unknown[]
      readonly plan: StreamPlan
    }
  /** An outcome for the store of results. The answer is `undefined`: it is there. */
  | {
      readonly type: 'put'
      readonly id: number
      readonly uid: string
      /** The function as messages name it. */
      readonly name: string
      /** The call that it is of, if that was made on this port: a failure is then dealt with. Or 0. */
      readonly of: number
      readonly outcome: EncodedOutcome
    }
  /** Gives what is in the store to this thread: the answer is its outcome, and `found` comes before. */
  | { readonly type: 'retrieve'; readonly id: number; readonly uid: string }
  /**
   * Hands an unfinished call over to the store of results. The answer to that call is `stashed`, unless it has another; and
   * behind it comes the answer to this, `undefined`.
   */
  | {
      readonly type: 'stash'
      readonly id: number
      /** The call. */
      readonly of: number
      readonly uid: string
      readonly defaultValue: unknown
    }
  /** The value of a call could not be read by the thread, so that it has failed after all. */
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly thrown: EncodedThrown }
  /** The failure of a call was looked at; or if it is unfinished, it will be dealt with if it fails. */
  | { readonly type: 'retrieved'; readonly id: number }
  /** Nobody is left who could look at the failure of a call. */
  | { readonly type: 'lost'; readonly id: number }
  /**
   * The thread's tasks have all ended: nobody looks at the failures of their calls any more, be they still to come. Those are the
   * calls after the one, up to the other.
   */
  | { readonly type: 'over'; readonly after: number; readonly upTo: number }
  | { readonly type: 'cancel'; readonly id: number; readonly reason: CancelReason }
  /** A stream that waits for room may go on. */
  | { readonly type: 'credit'; readonly id: number }
  /** The thread was sent an answer that it could not read, and wants to know which calls have none yet. */
  | { readonly type: 'unreadable' }
  /** The answer to the reactor's `unreadable`; behind all calls up to that one, and so many lines: what has not come was lost. */
  | { readonly type: 'sent'; readonly upTo: number; readonly lines: number }
  /** A line for the reactor's log. */
  | { readonly type: 'log'; readonly line: EncodedLine }
  /** The thread was sent something that it does not understand; the reactor has the log. */
  | { readonly type: 'stray'; readonly found: string }

/** Those to which there is no answer. */
export type Unanswered = Exclude<Request, { type: 'call' | 'stream' | 'put' | 'retrieve' | 'stash' }>

/** `given up`: who asked the store for something waits no more; if that wasn't done yet, it isn't to be done. */
export type CancelReason = 'cancelled' | 'timed out' | 'given up'

export function writeRequest(request: Request): Wire {
  switch (request.type) {
    case 'call': {
      const { in: kind, of, name } = request.ref
      // So that a call without one goes by the fast lane too.
      const timeout = request.timeout === Number.POSITIVE_INFINITY ? null : request.timeout
      return ['call', request.id, kind, of, name, request.args, timeout, request.hasDefault]
    }
    case 'stream': {
      const { in: kind, of, name } = request.ref
      return ['stream', request.id, kind, of, name, request.args, request.plan]
    }
    case 'put':
      return ['put', request.id, request.uid, request.name, request.of, request.outcome]
    case 'retrieve':
      return ['retrieve', request.id, request.uid]
    case 'stash':
      return ['stash', request.id, request.of, request.uid, request.defaultValue]
    case 'failed':
      return ['failed', request.id, request.name, request.thrown]
    case 'cancel':
      return ['cancel', request.id, request.reason]
    case 'credit':
    case 'retrieved':
    case 'lost':
      return [request.type, request.id]
    case 'unreadable':
      return [request.type]
    case 'over':
      return ['over', request.after, request.upTo]
    case 'sent':
      return ['sent', request.upTo, request.lines]
    case 'stray':
      return ['stray', request.found]
    case 'log':
      return ['log', request.line]
  }
}

/** More than a function can be called with. */
const MOST_ARGUMENTS = 2 ** 20

/** As many as a `call` has. */
const MOST_FIELDS = 8

/** `undefined` for what is no request. */
export function readRequest(message: unknown): Request | undefined {
  // Were it longer, to take its fields would take memory for all of them, be they holes.
  if (!Array.isArray(message) || message.length > MOST_FIELDS) return undefined
  const [type, ...fields]: unknown[] = message
  switch (type) {
    case 'call': {
      const [id, kind, of, name, args, bound, hasDefault] = fields
      const timeout = bound === null ? Number.POSITIVE_INFINITY : bound
      const ref = { in: kind, of, name }
      if (!isCallId(id) || !isFunctionRef(ref) || !areArguments(args)) return undefined
      if (typeof timeout !== 'number' || typeof hasDefault !== 'boolean') return undefined
      return { type, id, ref, args, timeout, hasDefault }
    }
    case 'stream': {
      const [id, kind, of, name, args, plan] = fields
      const ref = { in: kind, of, name }
      if (!isCallId(id) || !isFunctionRef(ref) || !areArguments(args)) return undefined
      return isStreamPlan(plan) ? { type, id, ref, args, plan } : undefined
    }
    case 'put': {
      const [id, uid, name, of, outcome] = fields
      if (!isCallId(id) || typeof uid !== 'string' || typeof name !== 'string') return undefined
      if (of !== 0 && !isCallId(of)) return undefined
      return isEncodedOutcome(outcome) ? { type, id, uid, name: cut(name), of, outcome } : undefined
    }
    case 'retrieve': {
      const [id, uid] = fields
      return isCallId(id) && typeof uid === 'string' ? { type, id, uid } : undefined
    }
    case 'stash': {
      const [id, of, uid, defaultValue] = fields
      if (!isCallId(id) || !isCallId(of) || typeof uid !== 'string') return undefined
      return { type, id, of, uid, defaultValue }
    }
    case 'failed': {
      const [id, name, thrown] = fields
      if (!isCallId(id) || typeof name !== 'string') return undefined
      return isEncodedThrown(thrown) ? { type, id, name: cut(name), thrown } : undefined
    }
    case 'cancel': {
      const [id, reason] = fields
      if (!isCallId(id) || !isCancelReason(reason)) return undefined
      return { type, id, reason }
    }
    case 'credit':
    case 'retrieved':
    case 'lost': {
      const [id] = fields
      return isCallId(id) ? { type, id } : undefined
    }
    case 'unreadable':
      return { type }
    case 'over': {
      const [after, upTo] = fields
      return isCount(after) && isCount(upTo) ? { type, after, upTo } : undefined
    }
    case 'sent': {
      const [upTo, lines] = fields
      return isCount(upTo) && isCount(lines) ? { type, upTo, lines } : undefined
    }
    case 'stray': {
      const [found] = fields
      return typeof found === 'string' ? { type, found: cut(found) } : undefined
    }
    case 'log': {
      const [line] = fields
      return isEncodedLine(line) ? { type, line } : undefined
    }
    default:
      return undefined
  }
}

function isCancelReason(value: unknown): value is CancelReason {
  return value === 'cancelled' || value === 'timed out' || value === 'given up'
}

/** A stranger's list may be of 2 ** 32 holes. */
function areArguments(args: unknown): args is readonly unknown[] {
  return Array.isArray(args) && args.length <= MOST_ARGUMENTS
}
