import { optionsOf } from '../protocol/options.js'
import { shown } from '../protocol/shown.js'

type Verb = 'blocking' | 'eventual' | 'iterate' | 'runInReactor' | 'streaming' | 'waitFor'

/**
 * The options of a verb that calls, as its user gave them.
 *
 * @throws TypeError or RangeError that names the option.
 */
export function callOptionsOf<Options extends { connectTimeout?: number }>(given: Options, verb: Verb): Options {
  const options = optionsOf(given, `${verb}()`)
  const { connectTimeout } = options
  if (connectTimeout === undefined) return options
  if (typeof connectTimeout !== 'number') {
    throw new TypeError(
      `options.connectTimeout of ${verb}() is \`${shown(connectTimeout)}\`; it must be a number of ms`,
    )
  }
  if (!(connectTimeout >= 0)) {
    throw new RangeError(`options.connectTimeout of ${verb}() is \`${connectTimeout}\`; it must be at least 0 ms`)
  }
  return options
}
