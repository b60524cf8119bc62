import { optionsOf } from '../protocol/options.js'
import { milliseconds } from '../protocol/stop.js'
import type { CallOptions } from './call.js'

type Verb = 'blocking' | 'eventual' | 'iterate' | 'runInReactor' | 'streaming' | 'waitFor'

/**
 * The options of a verb that calls, as its user gave them.
 *
 * @throws TypeError or RangeError that names the option.
 */
export function callOptionsOf<Options extends CallOptions>(given: Options, verb: Verb): Options {
  const options = optionsOf(given, `${verb}()`)
  for (const name of ['connectTimeout', 'roomTimeout'] as const) {
    const ms = options[name]
    if (ms !== undefined) milliseconds(`options.${name} of ${verb}()`, ms)
  }
  return options
}
