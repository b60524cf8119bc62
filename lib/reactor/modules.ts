import { ModuleImportError, ModuleNotAllowedError, UnknownFunctionError } from '../errors.js'
import { ATTEMPT, sharedFunctionsOf } from '../protocol/shared-functions.js'
import { type ModuleImport, thisThread } from '../protocol/thread.js'
import { messageOf } from '../protocol/thrown.js'
import { type Callable, functionOf, list } from './services.js'

/**
 * The modules that calling threads have the reactor import. Each is imported once a thread, whichever of its reactors was
 * asked first, and keeps its state.
 */
export class Modules {
  readonly #allow: (url: URL) => boolean
  readonly #allowed = new Set<string>()

  constructor(allow: (url: URL) => boolean) {
    this.#allow = allow
  }

  /**
   * A function that the module exports. Synchronous once the module is loaded, so that calls then start in the order
   * they were made.
   *
   * @throws ModuleNotAllowedError, ModuleImportError or UnknownFunctionError; at once or as a rejection.
   */
  findExported(url: string, name: string): Callable | Promise<Callable> {
    const find = (exports: object): Callable => functionOf(exports, name, `The module ${url}`)
    const exports = this.#load(url)
    return exports instanceof Promise ? exports.then(find) : find(exports)
  }

  /** A function that the module gave to `runInReactor` or `waitFor`; as `findExported`. */
  findShared(url: string, name: string): Callable | Promise<Callable> {
    // If the application imported the module itself, its functions are there already. Those of a module that is being
    // imported may be there too, but what they need may not.
    const isBeingImported = thisThread.imports.get(url)?.exports instanceof Promise
    const known = isBeingImported ? undefined : sharedFunctionsOf(url)?.get(name)
    if (known !== undefined) return { fn: known, self: undefined }
    const find = (): Callable => {
      const functions = sharedFunctionsOf(url)
      const fn = functions?.get(name)
      if (fn !== undefined) return { fn, self: undefined }
      throw new UnknownFunctionError(
        `The module ${url} defines no \`${name}\` with runInReactor or waitFor in the reactor's thread; ` +
          `it defines: ${list(functions?.keys() ?? [])}`,
      )
    }
    const exports = this.#load(url)
    return exports instanceof Promise ? exports.then(find) : find()
  }

  #load(url: string): object | Promise<object> {
    this.#check(url)
    let module = thisThread.imports.get(url)
    if (module === undefined) {
      module = { exports: undefined, failures: 0 }
      thisThread.imports.set(url, module)
    }
    module.exports ??= load(url, module)
    return module.exports
  }

  #check(url: string): void {
    if (this.#allowed.has(url)) return
    if (!URL.canParse(url)) {
      throw new ModuleNotAllowedError(
        `\`${url}\` is not a URL; name a module with \`new URL('./it.js', import.meta.url)\``,
      )
    }
    if (this.#allow(new URL(url)) !== true) {
      throw new ModuleNotAllowedError(
        `The reactor may not import ${url} for a calling thread; if it shall, let \`allowModule\` of new Reactor() return true for it`,
      )
    }
    this.#allowed.add(url)
  }
}

async function load(url: string, module: ModuleImport): Promise<object> {
  try {
    module.exports = await import(attemptAt(url, module))
    return module.exports as object // what an import gives
  } catch (cause) {
    module.exports = undefined
    module.failures += 1
    // What it had defined until then is of no use: what that needs may be missing.
    thisThread.sharedModules.delete(url)
    throw new ModuleImportError(`The reactor could not import ${url}: ${messageOf(cause)}`, { cause })
  }
}

/** Node remembers that a module failed, and under which URL; so the next attempt needs another one. */
function attemptAt(url: string, { failures }: ModuleImport): string {
  return failures === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${ATTEMPT}=${failures}`
}
