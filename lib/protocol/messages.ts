/**
 * What the two sides say to each other. Nobody outside can be kept from posting on a port, so each side checks what
 * it reads: what is not one of these is ignored and logged, never trusted.
 *
 * @module
 */
import { MessagePort } from 'node:worker_threads'
import { type FunctionRef, isFunctionRef } from './function-ref.js'
import { LINE_LEVELS, type LineLevel } from './logger.js'
import { ConnectionMemory } from './memory.js'
import { type EncodedThrown, isEncodedThrown } from './thrown.js'

// ── From the thread, through the worker's own channel: the first message ─────────────────────────────────────────────

/** Marks our one message among those the application sends through the same channel. */
const MARK = 'rx-crochet'
/** Grows when the two sides of one version could not understand those of the one before. */
const VERSION = 1

/** Asks whichever reactor has attached this thread for a connection. */
export interface Hello {
  readonly port: MessagePort
  readonly memory: ConnectionMemory
  readonly threadId: number
}

export function helloMessage(hello: Hello): object {
  return { [MARK]: VERSION, port: hello.port, memory: hello.memory.buffer, threadId: hello.threadId }
}

/** `undefined` for the application's own messages; a string that says what is wrong with one that bears our mark. */
export function readHello(message: unknown): Hello | string | undefined {
  if (!isRecord(message) || !(MARK in message)) return undefined
  if (message[MARK] !== VERSION) return `its version is ${String(message[MARK])}, this reactor's is ${VERSION}`
  const { port, threadId } = message
  const memory = ConnectionMemory.received(message.memory)
  if (!(port instanceof MessagePort)) return 'it has no port'
  if (memory === undefined) return 'it has no shared memory of the right size'
  if (typeof threadId !== 'number') return 'it has no thread id'
  return { port, memory, threadId }
}

// ── From the thread, on its port ─────────────────────────────────────────────────────────────────────────────────────

/** Every `call` gets exactly one answer, whatever happens to it. */
export type Request =
  | {
      readonly type: 'call'
      /** 1 for a connection's first call, then one more each. */
      readonly id: number
      readonly ref: FunctionRef
      readonly args: readonly unknown[]
      /** When the caller stops waiting, in ms since the epoch; `Infinity` if it never does. */
      readonly deadline: number
      /** Whether the caller has a value for a function that ends without one. */
      readonly hasDefault: boolean
    }
  /** The failure of a call was looked at. */
  | { readonly type: 'retrieved'; readonly id: number }
  /** Nobody is left who could look at the failure of a call. */
  | { readonly type: 'lost'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number; readonly reason: CancelReason }
  /** The thread was sent an answer that it could not read, and wants to know which calls have none yet. */
  | { readonly type: 'unreadable' }
  /** The answer to the reactor's `unreadable`; behind all calls up to that one, so that what has not come was lost. */
  | { readonly type: 'sent'; readonly upTo: number }
  /** A line for the reactor's log. */
  | { readonly type: 'log'; readonly line: EncodedLine }
  /** The thread was sent something that it does not understand; the reactor has the log. */
  | { readonly type: 'stray'; readonly found: string }

/** Whatever the details are, a line must cross; so they do as thrown things do, which can't fail. */
export interface EncodedLine {
  readonly level: LineLevel
  readonly message: string
  readonly details: readonly (readonly [key: string, value: EncodedThrown])[]
}

export type CancelReason = 'cancelled' | 'timed out'

/** What is posted. A flat array: cloning an object with its keys, one within the other, takes three times as long. */
type Wire = readonly [type: string, ...fields: unknown[]]

export function writeRequest(request: Request): Wire {
  switch (request.type) {
    case 'call': {
      const { in: kind, of, name } = request.ref
      return ['call', request.id, kind, of, name, request.args, request.deadline, request.hasDefault]
    }
    case 'cancel':
      return ['cancel', request.id, request.reason]
    case 'retrieved':
    case 'lost':
      return [request.type, request.id]
    case 'unreadable':
      return ['unreadable']
    case 'sent':
      return ['sent', request.upTo]
    case 'stray':
      return ['stray', request.found]
    case 'log':
      return ['log', request.line]
  }
}

/** `undefined` for what is no request. */
export function readRequest(message: unknown): Request | undefined {
  if (!Array.isArray(message)) return undefined
  const [type, ...fields]: unknown[] = message
  switch (type) {
    case 'call': {
      const [id, kind, of, name, args, deadline, hasDefault] = fields
      const ref = { in: kind, of, name }
      if (!isCallId(id) || !isFunctionRef(ref) || !Array.isArray(args)) return undefined
      if (typeof deadline !== 'number' || typeof hasDefault !== 'boolean') return undefined
      return { type, id, ref, args, deadline, hasDefault }
    }
    case 'cancel': {
      const [id, reason] = fields
      if (!isCallId(id) || (reason !== 'cancelled' && reason !== 'timed out')) return undefined
      return { type, id, reason }
    }
    case 'retrieved':
    case 'lost': {
      const [id] = fields
      return isCallId(id) ? { type, id } : undefined
    }
    case 'unreadable':
      return { type }
    case 'sent': {
      const [upTo] = fields
      return upTo === 0 || isCallId(upTo) ? { type, upTo } : undefined
    }
    case 'stray': {
      const [found] = fields
      return typeof found === 'string' ? { type, found } : undefined
    }
    case 'log': {
      const [line] = fields
      return isLine(line) ? { type, line } : undefined
    }
    default:
      return undefined
  }
}

// ── From the reactor, on the thread's port ───────────────────────────────────────────────────────────────────────────

export type Answer =
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly thrown: EncodedThrown }
  /** The function ended without a value, and the caller has one for that. */
  | { readonly type: 'empty'; readonly id: number }
  /** The answer to a call that its caller cancelled. */
  | { readonly type: 'cancelled'; readonly id: number }
  /** The reactor was sent a call that it could not read, and wants to know which were sent. */
  | { readonly type: 'unreadable' }
  /** The answer to the thread's `unreadable`; behind all that were sent before, so that what is neither here nor there was lost. */
  | { readonly type: 'unfinished'; readonly ids: readonly number[] }
  /** Nothing but a reason for a thread that doesn't sleep, and so isn't woken, to look at the phase. */
  | { readonly type: 'phase moved' }

export type AnswerToCall = Extract<Answer, { id: number }>

export function writeAnswer(answer: Answer): Wire {
  switch (answer.type) {
    case 'value':
      return ['value', answer.id, answer.value]
    case 'failure':
      return ['failure', answer.id, answer.thrown]
    case 'empty':
    case 'cancelled':
      return [answer.type, answer.id]
    case 'unfinished':
      return ['unfinished', answer.ids]
    case 'unreadable':
    case 'phase moved':
      return [answer.type]
  }
}

/** `undefined` for what is no answer. */
export function readAnswer(message: unknown): Answer | undefined {
  if (!Array.isArray(message)) return undefined
  const [type, id, content]: unknown[] = message
  if (type === 'unreadable' || type === 'phase moved') return { type }
  if (type === 'unfinished') return Array.isArray(id) && id.every(isCallId) ? { type, ids: id } : undefined
  if (!isCallId(id)) return undefined
  switch (type) {
    case 'value':
      return { type, id, value: content }
    case 'failure':
      return isEncodedThrown(content) ? { type, id, thrown: content } : undefined
    case 'empty':
    case 'cancelled':
      return { type, id }
    default:
      return undefined
  }
}

function isLine(line: unknown): line is EncodedLine {
  if (!isRecord(line) || typeof line.message !== 'string' || !Array.isArray(line.details)) return false
  const isDetail = (detail: unknown): boolean =>
    Array.isArray(detail) && typeof detail[0] === 'string' && isEncodedThrown(detail[1])
  return LINE_LEVELS.some((level) => level === line.level) && line.details.every(isDetail)
}

function isCallId(id: unknown): id is number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
