import { milliseconds } from '../protocol/stop.js'
import type { CallOptions } from './call.js'

/** @throws TypeError or RangeError that names the option. */
export function checkOptions(options: CallOptions, verb: string): void {
  if (typeof options !== 'object' || options === null) {
    // Who may leave them out is not here without them.
    const cure = options === undefined ? 'give an object with the `timeout`, in ms' : 'give an object'
    throw new TypeError(`The options of ${verb}() are \`${String(options)}\`; ${cure}`)
  }
  for (const name of ['connectTimeout', 'roomTimeout'] as const) {
    const ms = options[name]
    if (ms !== undefined) milliseconds(`options.${name} of ${verb}()`, ms)
  }
}
