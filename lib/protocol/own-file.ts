/**
 * Where this package's own files are.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { pathToFileURL, URL } from 'node:url'

/**
 * The URL of the file that a module is in. Bundled as CommonJS, `import.meta.url` is not there; then it is a file of the
 * application, which has a `__filename`.
 *
 * @param url - The module's `import.meta.url`.
 */
export function ownFile(url: string | undefined): string {
  return url ?? pathToFileURL(__filename).href
}

const PLACE =
  /^(.*\/dist\/)(?:lib\/protocol\/own-file\.js|(package\/)(?:chunks\/core\.cjs|module\/(?:chunks\/)?[^/]+\.js))$/

/** By how this module stands in the package: as compiled, or bundled. */
const [, root, bundled] = PLACE.exec(ownFile(import.meta.url)) ?? []

/** The folder that has all that was built; `undefined` in an application that was bundled into files of its own. */
export const ownRoot: string | undefined = root

/**
 * A file of this package that a thread is started with, if it is there.
 *
 * @param name - As in `lib`, without an extension.
 */
export function fileForThread(name: string): URL | undefined {
  if (root === undefined) return undefined
  const file = new URL(bundled === undefined ? `lib/${name}.js` : `package/${name}.cjs`, root)
  // An application may have folders of these names, and be bundled into them.
  return existsSync(file) ? file : undefined
}
