import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { isURL } from '../protocol/realms.js'
import { hintOf } from '../protocol/web-url.js'

/** The options of a Piscina. */
export type PoolOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/** What `createPool()` takes: the options of a Piscina, whose file may be named by a `URL`, too. */
export type CreatePoolOptions = Omit<PoolOptions, 'filename'> & {
  /** The file with the tasks' functions: a URL of it, as an object or as text, or its path. */
  filename?: string | URL | null
}

/**
 * The options as Piscina takes them: own ones alone count, whatever the prototype of all objects has.
 *
 * @throws TypeError if the file is named by a URL of the web: Piscina would take that for the path of a file, and say of each task
 * that it isn't there.
 */
export function poolOptions(options: CreatePoolOptions): PoolOptions {
  const own: CreatePoolOptions = Object.assign(Object.create(null), options)
  if (isURL(own.filename)) own.filename = own.filename.href
  const { filename } = own
  if (typeof filename === 'string') {
    const hint = hintOf(filename)
    if (hint !== '') throw new TypeError(`options.filename of createPool() is \`${filename}\`, which is no file${hint}`)
  }
  return own as PoolOptions // what is no text is Piscina's to refuse
}

/** As Piscina reads it: a URL of a file, or a path. */
export function pathOf(filename: string): string {
  return filename.startsWith('file:') ? fileURLToPath(filename) : filename
}
