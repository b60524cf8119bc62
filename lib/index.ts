/**
 * Everything: the reactor's side, and all of `rx-crochet/caller`.
 *
 * @module
 */
import './pool/reactor-pool.js'

export * from './caller.js'
export type { PendingCall } from './observe/pending.js'
export type { Executor, ExecutorOptions, TaskOptions } from './pool/executor.js'
export { fromPool } from './pool/from-pool.js'
export { type OffloadOptions, offload } from './pool/offload.js'
export type { CreatePoolOptions, PoolOptions } from './pool/options.js'
export type { ResultHandle } from './protocol/result-handle.js'
export { type CurrentCall, currentCall } from './reactor/current-call.js'
export { noSetup } from './reactor/no-setup.js'
export type { ReactorOptions } from './reactor/options.js'
export { Reactor } from './reactor/reactor.js'
export type { ReactorState } from './reactor/shutdown.js'
export type { TriggerOptions } from './reactor/shutdown-triggers.js'
export type { ShutdownPhase } from './reactor/trigger.js'
