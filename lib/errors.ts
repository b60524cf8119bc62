/**
 * The errors of this package. Each has a stable `code`, and a message that names the call, the cause and the cure.
 * Both sides share these classes, so `instanceof` holds wherever they are caught.
 *
 * @module
 */
import { withoutOurFrames } from './protocol/frames.js'
import { readProperty } from './protocol/reading.js'

/**
 * What every error of this package extends.
 *
 * @example
 * ```ts
 * if (error instanceof RxCrochetError && error.code !== 'ERR_RX_CROCHET_REACTOR_STOPPED') log.error(error)
 * ```
 */
export abstract class RxCrochetError extends Error {
  /** Stable across versions: `ERR_RX_CROCHET_…`. */
  declare readonly code: string

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options)
    // It is to begin where the application called us. It is no text, if the application has set `prepareStackTrace` so.
    const stack = readProperty(this, 'stack')
    if (typeof stack === 'string') this.stack = withoutOurFrames(stack)
  }
}

/** A wait, or a `blocking` call, had no outcome in time. After `wait` the call goes on; after `blocking` it is cancelled. */
export class TimeoutError extends named('TimeoutError', 'TIMEOUT') {}

/** The call was cancelled, or the thread that made it ended, before it had an outcome. */
export class CancelledError extends named('CancelledError', 'CANCELLED') {}

/** The reactor stopped before the call had an outcome, or had stopped before the call was made. */
export class ReactorStopped extends named('ReactorStopped', 'REACTOR_STOPPED') {}

/** Code in a reactor thread tried to block, or a shutdown trigger to wait for the shutdown: it would wait for itself. */
export class ReactorThreadError extends named('ReactorThreadError', 'REACTOR_THREAD') {}

/** No reactor accepts calls from this thread. */
export class NotAttachedError extends named('NotAttachedError', 'NOT_ATTACHED') {}

/** The main thread made a call, but has no reactor. */
export class NotSetUpError extends named('NotSetUpError', 'NOT_SET_UP') {}

/** The Observable completed, or the async iterable ended, without a value, and there was no `defaultValue`. */
export class EmptyError extends named('EmptyError', 'EMPTY') {}

/** The function's value cannot be copied to another thread. */
export class ResultNotCloneableError extends named('ResultNotCloneableError', 'RESULT_NOT_CLONEABLE') {}

/** A stream's Observable emitted faster than its thread reads, and more than `buffer` values wait. */
export class BufferOverflowError extends named('BufferOverflowError', 'BUFFER_OVERFLOW') {}

/** An argument of the call cannot be copied to another thread. Nothing was sent. */
export class ArgumentNotCloneableError extends named('ArgumentNotCloneableError', 'ARGUMENT_NOT_CLONEABLE') {}

/** The reactor has no such service, or the service no such function. */
export class UnknownFunctionError extends named('UnknownFunctionError', 'UNKNOWN_FUNCTION') {}

/** The reactor could not import the module that a call names; `cause` is the import's own error. */
export class ModuleImportError extends named('ModuleImportError', 'MODULE_IMPORT') {}

/** `options.allowModule` refuses the module that a call names. */
export class ModuleNotAllowedError extends named('ModuleNotAllowedError', 'MODULE_NOT_ALLOWED') {}

/** A service of that name is exposed already, the pool or worker is attached already, or this thread is of a pool of that file. */
export class AlreadyInUseError extends named('AlreadyInUseError', 'ALREADY_IN_USE') {}

/** A function given to `runInReactor` or `waitFor` has no name, or one that its module used already. */
export class DefinitionError extends named('DefinitionError', 'DEFINITION') {}

/** `retrieveResult()` was given a uid under which there is no result: it is unknown, was used already, or was dropped. */
export class ResultNotFoundError extends named('ResultNotFoundError', 'RESULT_NOT_FOUND') {}

/** A task that emits was run where nobody observes it. */
export class NotObservedError extends named('NotObservedError', 'NOT_OBSERVED') {}

/** `currentCall()` was asked outside a reactive function, or after its first `await`. */
export class NoCurrentCallError extends named('NoCurrentCallError', 'NO_CURRENT_CALL') {}

/**
 * A base for one error class. The name stands on the prototype, as the language's own errors have it, so that a
 * minifier cannot change it and a copy of the error's own properties does not repeat it.
 */
function named(name: string, code: string): new (message: string, options?: ErrorOptions) => RxCrochetError {
  class NamedError extends RxCrochetError {}
  Object.defineProperties(NamedError.prototype, {
    name: { value: name, configurable: true, writable: true },
    code: { value: `ERR_RX_CROCHET_${code}`, configurable: true, writable: true },
  })
  return NamedError
}
