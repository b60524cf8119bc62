import type { Piscina } from 'piscina'
import { optionsOf } from '../protocol/options.js'
import { hintOf } from '../protocol/web-url.js'

/** The options of a Piscina. */
export type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/** The last of Piscina whose options are known here, all of them. */
const KNOWN_MINOR = 3

/**
 * What options say is Piscina's to check; but not which there are.
 *
 * @param version - Piscina's. A later one may have more options.
 * @returns A copy.
 * @throws TypeError if there is no such option, or `filename` is the URL of no file.
 */
export function poolOptionsOf(given: PoolOptions, version: string): PoolOptions {
  const isLater = Number(version.split('.')[1]) > KNOWN_MINOR
  const own = isLater ? Object.assign(Object.create(null), given) : optionsOf(given, 'createPool()')
  checkFilename(own)
  return own
}

/** Only what Piscina would take for the path of a file, and say of each task that it isn't there. */
function checkFilename({ filename }: PoolOptions): void {
  if (typeof filename !== 'string') return
  const hint = hintOf(filename)
  if (hint !== '') throw new TypeError(`options.filename of createPool() is \`${filename}\`, which is no file${hint}`)
}
