import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { optionsOf } from '../protocol/options.js'
import { isURL } from '../protocol/realms.js'
import { hintOf } from '../protocol/web-url.js'

/** The options of a Piscina. */
export type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/** What `createPool()` takes: the options of a Piscina, whose file may be named by a `URL`, too. */
export type CreatePoolOptions = Omit<PoolOptions, 'filename'> & {
  /** The file with the tasks' functions: a URL of it, as an object or as text, or its path. */
  filename?: string | URL | null
}

/** The last of Piscina whose options are known here, all of them. */
const KNOWN_MINOR = 3

/**
 * The options as Piscina takes them: own ones alone count, whatever the prototype of all objects has. What they say is Piscina's to
 * check; but not which there are.
 *
 * @param version - Piscina's. A later one may have more options.
 * @returns A copy.
 * @throws TypeError if there is no such option, or `filename` is the URL of no file.
 */
export function poolOptionsOf(given: CreatePoolOptions, version: string): PoolOptions {
  const isLater = Number(version.split('.')[1]) > KNOWN_MINOR
  const known = isLater ? given : optionsOf(given, 'createPool()')
  // As for Piscina, only own ones count, and none of a prototype.
  const own: CreatePoolOptions = Object.create(null)
  for (const [name, value] of Object.entries(known)) if (Object.hasOwn(given, name)) Reflect.set(own, name, value)
  if (isURL(own.filename)) own.filename = own.filename.href
  checkFilename(own)
  return own as PoolOptions // what is no text is Piscina's to refuse
}

/** Only what Piscina would take for the path of a file, and say of each task that it isn't there. */
function checkFilename({ filename }: CreatePoolOptions): void {
  if (typeof filename !== 'string') return
  const hint = hintOf(filename)
  if (hint !== '') throw new TypeError(`options.filename of createPool() is \`${filename}\`, which is no file${hint}`)
}

/** As Piscina reads it: a URL of a file, or a path. */
export function pathOf(filename: string): string {
  return filename.startsWith('file:') ? fileURLToPath(filename) : filename
}
