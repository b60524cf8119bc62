import type { CallOptions } from './call.js'

/** @throws TypeError or RangeError that names the option. */
export function checkOptions(options: CallOptions, verb: string): void {
  if (typeof options !== 'object' || options === null) {
    // Who may leave them out is not here without them.
    const cure = options === undefined ? 'give an object with the `timeout`, in ms' : 'give an object'
    throw new TypeError(`The options of ${verb}() are \`${String(options)}\`; ${cure}`)
  }
  const { connectTimeout } = options
  if (connectTimeout === undefined) return
  if (typeof connectTimeout !== 'number') {
    throw new TypeError(
      `options.connectTimeout of ${verb}() is \`${String(connectTimeout)}\`; it must be a number of ms`,
    )
  }
  if (!(connectTimeout >= 0)) {
    throw new RangeError(`options.connectTimeout of ${verb}() is \`${connectTimeout}\`; it must be at least 0 ms`)
  }
}
