import { register } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Has this thread load TypeScript where its program does so by tsx. That hooks itself into each thread where Node loads
 * TypeScript too, but before only into the main thread, though Node passes on to each what is given with `--import`.
 */
export function hookIntoTypeScript(): void {
  const tsx = imported().find((specifier) => /(?:^|\/)tsx(?:\/|$)/.test(specifier))
  if (tsx === undefined || Reflect.get(process.features, 'typescript')) return
  // What it is imported as also is its hooks; it takes any data for a sign that they are not used by `--loader`.
  register(tsx, pathToFileURL(join(process.cwd(), '/')), { data: true })
}

/** What Node was told to import before the program, relative to the working directory. */
function imported(): string[] {
  const options = [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv]
  return options.flatMap((option, at) => {
    if (option.startsWith('--import=')) return option.slice('--import='.length)
    return option === '--import' ? (options[at + 1] ?? []) : []
  })
}
