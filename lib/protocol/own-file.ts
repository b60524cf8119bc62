import { pathToFileURL } from 'node:url'

/**
 * The URL of the file that a module is in. Bundled as CommonJS, `import.meta.url` is not there; then it is a file of the
 * application, which has a `__filename`.
 *
 * @param url - The module's `import.meta.url`.
 */
export function ownFile(url: string | undefined): string {
  return url ?? pathToFileURL(__filename).href
}
