/**
 * The signal of a call, whose listeners may throw. Node ends the process for a listener that throws, or rejects: a call's is as
 * good as a teardown of its Observable, which changes nothing for others.
 *
 * @module
 */

/** A function, or an object with `handleEvent`. */
type Listener = object

const METHODS = ['addEventListener', 'removeEventListener'] as const

/**
 * Has what listeners of that signal throw reported.
 *
 * `onabort` and Node's own `addAbortListener` add theirs by the method too. Those of a signal that `AbortSignal.any()` makes of
 * this one are that signal's.
 */
export function guardListeners(signal: AbortSignal, failed: (error: unknown) => void): void {
  /** One for each listener, so that it can be taken off again, and is added once. */
  const guards = new WeakMap<Listener, Listener>()
  const guardOf = (listener: unknown): unknown => {
    if (!isListener(listener)) return listener // Node's to refuse
    const guard = guards.get(listener) ?? guarded(listener, failed)
    guards.set(listener, guard)
    return guard
  }
  for (const name of METHODS) {
    const method = signal[name]
    const value = (type: unknown, listener: unknown, ...rest: unknown[]): unknown =>
      Reflect.apply(method, signal, [type, guardOf(listener), ...rest])
    Object.defineProperty(signal, name, { value, configurable: true, writable: true })
  }
}

function guarded(listener: Listener, failed: (error: unknown) => void): Listener {
  return function (this: unknown, event: unknown): void {
    try {
      const returned: unknown =
        typeof listener === 'function'
          ? Reflect.apply(listener, this, [event])
          : Reflect.apply(Reflect.get(listener, 'handleEvent'), listener, [event])
      // One that is async.
      if (typeof Object(returned).then === 'function') Promise.resolve(returned).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}
