/**
 * How a module is imported in this thread: until it is loaded, with one attempt beside the other if need be.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ModuleImportError } from '../errors.js'
import { readProperty } from '../protocol/reading.js'
import { isError } from '../protocol/realms.js'
import { ATTEMPT } from '../protocol/shared-functions.js'
import { cut } from '../protocol/shown.js'
import { type ModuleImport, thisThread } from '../protocol/thread.js'
import { messageOf } from '../protocol/thrown.js'
import { asExports } from './exports.js'
import { require } from './require.js'
import { AsyncSubject, type Observable } from './rxjs.js'

export function importOf(url: string): ModuleImport {
  const known = thisThread.imports.get(url)
  if (known !== undefined) return known
  const module: ModuleImport = { loaded: undefined, latest: undefined, underWay: new Set(), attempts: 0 }
  thisThread.imports.set(url, module)
  return module
}

/**
 * Joins the latest attempt, as long as somebody waits for that. When all have given up, nobody knows whether it ever ends:
 * then another begins beside it, as it does after one that failed. So only the latest has who waits for it.
 *
 * The first attempt to succeed is the module from then on, and the one that counts for all who wait:
 *   - An earlier one succeeds while the latest is under way: who waits gets what that exports, and what the latest brings
 *     is dropped.
 *   - An earlier one fails meanwhile: nobody is told, for nobody waits for it; the latest goes on.
 *   - The latest fails while an earlier one is under way: who waits gets its error, and the next call tries again.
 *
 * @returns Emits what the module exports, when it is loaded. Who unsubscribes has given up.
 */
export function attempt(url: string, module: ModuleImport): Observable<object> {
  if (module.latest?.observed) return module.latest
  const latest = new AsyncSubject<object>()
  const attempted = attemptUrl(url, module.attempts)
  module.attempts += 1
  module.latest = latest
  module.underWay.add(attempted)
  load(attempted).then(
    (exports) => {
      module.underWay.delete(attempted)
      if (module.loaded !== undefined) return void thisThread.sharedModules.delete(attempted)
      module.loaded = { url: attempted, exports }
      module.latest?.next(exports)
      module.latest?.complete()
    },
    (cause: unknown) => {
      module.underWay.delete(attempted)
      // What it had defined until then is of no use: what that needs may be missing.
      thisThread.sharedModules.delete(attempted)
      if (module.latest !== latest) return
      module.latest = undefined
      latest.error(new ModuleImportError(`The reactor could not import ${cut(url)}: ${messageOf(cause)}`, { cause }))
    },
  )
  return latest
}

/** Node remembers under which URL a module failed, or is being imported; so another attempt needs another one. */
function attemptUrl(url: string, before: number): string {
  return before === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${ATTEMPT}=${before}`
}

/**
 * By `import`. Where that runs nothing of the module, by `require`: where `require` alone was taught what to do with such files, as
 * ts-node and others do, so that `import` knows no such extension, or strips the types itself and can't read what is left; and in a `node:vm` context in which nothing can be imported, as Jest's, which has a `require` of its own.
 */
async function load(url: string): Promise<object> {
  try {
    return await import(url)
  } catch (error) {
    const [code, name] = isError(error) ? [readProperty(error, 'code'), readProperty(error, 'name')] : []
    const isUnread = code === 'ERR_UNKNOWN_FILE_EXTENSION' || name === 'SyntaxError'
    if (isUnread && isRequirable(url)) return asExports(require(fileURLToPath(url)))
    if (typeof code === 'string' && code.startsWith('ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING')) {
      return asExports(createRequire(url)(fileURLToPath(url)))
    }
    throw error
  }
}

/** Whether somebody has taught `require` the file's extension, which is none of its own. */
function isRequirable(url: string): boolean {
  if (!url.startsWith('file:')) return false
  const extension = extname(fileURLToPath(url))
  return !['.js', '.mjs', '.cjs', '.json', '.node'].includes(extension) && extension in require.extensions
}
