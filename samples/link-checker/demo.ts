import { readFile } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Dispatcher } from 'undici'
import { startDemoServer } from './demo-server.js'
import type { Options } from './options.js'
import type { BrokenLink } from './worker.js'

export interface Demo extends AsyncDisposable {
  /** Where the sample documents are, relative to the working directory. */
  readonly folder: string
  /** Sends requests for any origin to the demo's server: the documents can't know its port. */
  readonly interceptor: Dispatcher.DispatcherComposeInterceptor
  /** How the broken links that were found differ from those that are broken on purpose; a line each. */
  surprises(found: readonly BrokenLink[]): string[]
}

// The reason is left out: one has the timeout in it, which is an option.
type ExpectedLink = Pick<BrokenLink, 'file' | 'line' | 'target'>

// tsc copies no Markdown: the documents stay with the sources, wherever the compiled program runs.
const sampleFolder = new URL('samples/link-checker/', import.meta.resolve('rx-crochet/package.json'))

export async function startDemo({ timeout, offline }: Pick<Options, 'timeout' | 'offline'>): Promise<Demo> {
  const folder = relative('', fileURLToPath(new URL('documents', sampleFolder))) || '.'
  const brokenOnPurpose: ExpectedLink[] = JSON.parse(await readFile(new URL('expected.json', sampleFolder), 'utf8'))
  const server = await startDemoServer({ slowness: timeout / 2 })

  return {
    folder,
    interceptor: (dispatch) => (options, handler) => dispatch({ ...options, origin: server.origin }, handler),
    surprises(found) {
      const place = ({ file, line, target }: ExpectedLink) => `${file}:${line}: ${target}`
      const expected = new Set(brokenOnPurpose.filter(({ target }) => !(offline && /^http/.test(target))).map(place))
      const actual = new Set(
        found.map((link) => place({ ...link, file: relative(folder, link.file).split(sep).join('/') })),
      )
      return [
        ...[...expected].filter((link) => !actual.has(link)).map((link) => `broken, but not found: ${link}`),
        ...[...actual].filter((link) => !expected.has(link)).map((link) => `found, but not broken: ${link}`),
      ]
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
