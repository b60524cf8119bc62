import { cut } from './shown.js'
import { type EncodedThrown, isEncodedThrown } from './thrown.js'
import { isListOf } from './validate-thrown.js'
import { isCallId, isCount, type Wire } from './wire.js'

export type Answer =
  | { readonly type: 'value'; readonly id: number; readonly value: unknown }
  /** Values of a stream; `index`, of the first of them, counts those that were sent. */
  | { readonly type: 'items'; readonly id: number; readonly index: number; readonly values: readonly unknown[] }
  | { readonly type: 'failure'; readonly id: number; readonly thrown: EncodedThrown }
  /** The function ended without a value, and the caller has one for that; or the stream has ended. */
  | { readonly type: 'empty'; readonly id: number }
  /** The answer to a call that its caller cancelled; or to what was asked of the store, and given up before it was done. */
  | { readonly type: 'cancelled'; readonly id: number }
  /** The answer to a call that its caller handed over to the store of results. */
  | { readonly type: 'stashed'; readonly id: number }
  /** What is to be retrieved is there, and it is that function's; behind this, at once or later, comes the answer. */
  | { readonly type: 'found'; readonly id: number; readonly name: string }
  /** The reactor imports the module whose function it is, for as long as it takes; or has imported it. */
  | { readonly type: 'loading'; readonly id: number; readonly isLoading: boolean }
  /** The reactor was sent a call that it could not read, and wants to know which were sent. */
  | { readonly type: 'unreadable' }
  /** The answer to the thread's `unreadable`; behind all that were sent before, so that what is neither here nor there was lost. */
  | { readonly type: 'unfinished'; readonly ids: readonly number[] }

export type AnswerToCall = Exclude<Extract<Answer, { id: number }>, { type: 'found' | 'items' | 'loading' }>

export function writeAnswer(answer: Answer): Wire {
  switch (answer.type) {
    case 'value':
      // Many functions return nothing: that goes by the fast lane too.
      return answer.value === undefined ? ['value', answer.id] : ['value', answer.id, answer.value]
    case 'items':
      return ['items', answer.id, answer.index, answer.values]
    case 'failure':
      return ['failure', answer.id, answer.thrown]
    case 'found':
      return ['found', answer.id, answer.name]
    case 'loading':
      return ['loading', answer.id, answer.isLoading]
    case 'empty':
    case 'cancelled':
    case 'stashed':
      return [answer.type, answer.id]
    case 'unfinished':
      return ['unfinished', answer.ids]
    case 'unreadable':
      return [answer.type]
  }
}

/** `undefined` for what is no answer. */
export function readAnswer(message: unknown): Answer | undefined {
  if (!Array.isArray(message)) return undefined
  const [type, id, content, values]: unknown[] = message
  if (type === 'unreadable') return { type }
  if (type === 'unfinished') return areCallIds(id) ? { type, ids: id } : undefined
  if (!isCallId(id)) return undefined
  switch (type) {
    case 'value':
      return { type, id, value: content }
    case 'items':
      return isCount(content) && Array.isArray(values) ? { type, id, index: content, values } : undefined
    case 'failure':
      return isEncodedThrown(content) ? { type, id, thrown: content } : undefined
    case 'found':
      return typeof content === 'string' ? { type, id, name: cut(content) } : undefined
    case 'loading':
      return typeof content === 'boolean' ? { type, id, isLoading: content } : undefined
    case 'empty':
    case 'cancelled':
    case 'stashed':
      return { type, id }
    default:
      return undefined
  }
}

function areCallIds(value: unknown): value is number[] {
  return isListOf(value, isCallId)
}
