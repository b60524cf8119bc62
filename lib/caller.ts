/**
 * For calling threads, and for modules shared by both sides. Loads Node's built-ins only.
 *
 * @module
 */
// First, for classes below have methods of these names.
import './protocol/dispose.js'

export type { CallOptions } from './caller/call.js'
export { canWait } from './caller/can-wait.js'
export { isCancelled, throwIfCancelled } from './caller/cancellation.js'
export { captureConsole } from './caller/capture-console.js'
export {
  type Combined,
  type CombinedSettled,
  type Waited,
  waitAll,
  waitAllSettled,
  waitAny,
  waitRace,
} from './caller/combine.js'
export { type Emitting, type EmittingOptions, emitting } from './caller/emitting.js'
export { EventualResult } from './caller/eventual-result.js'
export { Failure } from './caller/failure.js'
export { type LogFunction, logger, type ThreadLogger } from './caller/logger.js'
export { retrieveResult } from './caller/retrieve-result.js'
export { type BlockingOptions, blocking, eventual } from './caller/service.js'
export { type ManagedReactor, type SetupOptions, setup } from './caller/setup.js'
export { runInReactor, type Wrapper, waitFor } from './caller/shared-module.js'
export { iterate, type StreamingOptions, streaming } from './caller/streaming.js'
export { StreamingResult } from './caller/streaming-result.js'
export type { StoreOptions } from './caller/timeout.js'
export type {
  Blocking,
  BlockingService,
  Buffered,
  BufferedService,
  Emitted,
  EmittedEach,
  Eventual,
  EventualService,
  Streaming,
  StreamingService,
} from './caller/types.js'
export * from './errors.js'
export { type ErrorClass, registerError } from './protocol/error-classes.js'
export type { Logger, LogLevel } from './protocol/logger.js'
export { move } from './protocol/move.js'
export type { StopOptions, StopReport } from './protocol/stop.js'
export type { Overflow, Take } from './protocol/stream-plan.js'
