import type { Piscina } from 'piscina'
import { hintOf } from '../protocol/web-url.js'

/** The options of a Piscina. */
export type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/**
 * Only what Piscina would take for the path of a file, and say of each task that it isn't there.
 *
 * @throws TypeError
 */
export function checkFilename({ filename }: PoolOptions): void {
  if (typeof filename !== 'string') return
  const hint = hintOf(filename)
  if (hint !== '') throw new TypeError(`options.filename of createPool() is \`${filename}\`, which is no file${hint}`)
}
