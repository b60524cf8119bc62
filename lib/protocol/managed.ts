/**
 * What a thread and the one that has the reactor that it manages say to each other, besides what any calling thread and its
 * reactor do.
 *
 * @module
 */
import { MessagePort } from 'node:worker_threads'
import type { LimitOptions } from './limits.js'
import type { LogLevel } from './logger.js'
import { Bell } from './memory/bell.js'
import type { SpinOptions } from './patience.js'
import type { StopOptions } from './stop.js'

/** What the reactor is made with: of its options those that cross threads. */
export interface ManagedOptions extends LimitOptions, SpinOptions {
  /** What is less severe than this is not logged. Default: `warn`. The log goes to standard error. */
  logLevel?: LogLevel
  /**
   * Which modules a calling thread may have the reactor import: those whose URLs begin with one of these. Default: `['file:']`, in
   * whose place a list of yours comes. End a folder with `/`.
   */
  allowModule?: readonly (string | URL)[]
  /** What `stop()` goes by where nobody gives it options, as at the end of the thread. */
  stop?: StopOptions
}

/** What the reactor's thread is started with. */
export interface ManagedData {
  readonly options: ManagedOptions
  /** Of its log. */
  readonly threshold: SharedArrayBuffer
  /** By which the two talk; it closes when either thread ends. */
  readonly lifeline: MessagePort
}

/** Whether it is the `workerData` of such a thread. */
export function isManagedData(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'lifeline' in data && data.lifeline instanceof MessagePort
}

/** What a thread says on its lifeline that is about to end: whether its reactor has stopped, as somebody wanted. */
export type LastWord = 'has stopped' | 'ends by itself'

/** Asks the reactor to stop. */
export interface StopRequest {
  readonly options: StopOptions
  /** For the report. */
  readonly port: MessagePort
  /** Beats from when the request is read, as long as the loop turns; rung when the report is posted. */
  readonly bell: Bell
}

/** In ms; how often the bell of a `StopRequest` beats. */
export const BEAT_EVERY = 100
/** In ms; how often who has sent it looks whether it did, and whether its thread is still there. */
export const LOOK_EVERY = 250

const MARK = 'rx-crochet stop'

export function stopMessage({ options, port, bell }: StopRequest): object {
  return { [MARK]: options, port, bell: bell.buffer }
}

/** `undefined` for anything else, as a request for a connection. */
export function readStop(message: unknown): StopRequest | undefined {
  if (typeof message !== 'object' || message === null || !(MARK in message)) return undefined
  if (!('port' in message) || !(message.port instanceof MessagePort) || !('bell' in message)) return undefined
  const bell = Bell.received(message.bell)
  // It was checked before it was sent.
  return bell && { options: message[MARK] as StopOptions, port: message.port, bell }
}
