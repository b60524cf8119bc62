import { ModuleImportError, ModuleNotAllowedError, UnknownFunctionError } from '../errors.js'
import { ATTEMPT, sharedFunctionsOf } from '../protocol/shared-functions.js'
import { messageOf } from '../protocol/thrown.js'
import { type Callable, functionOf, list } from './services.js'

/** The modules that calling threads had the reactor import. Each is imported once, and keeps its state. */
export class Modules {
  readonly #allow: (url: URL) => boolean
  readonly #imports = new Map<string, object | Promise<object>>()
  readonly #failures = new Map<string, number>()

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
    // If the application imported the module itself, its functions are there already.
    const known = sharedFunctionsOf(url)?.get(name)
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
    return this.#imports.get(url) ?? this.#import(url)
  }

  #import(url: string): Promise<object> {
    this.#check(url)
    const failures = this.#failures.get(url) ?? 0
    // Node remembers that a module failed, and under which URL; so the next attempt needs another one.
    const attempt = failures === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${ATTEMPT}=${failures}`
    const imported = import(attempt).then(
      (exports: object) => {
        this.#imports.set(url, exports)
        return exports
      },
      (cause: unknown) => {
        this.#imports.delete(url)
        this.#failures.set(url, failures + 1)
        throw new ModuleImportError(`The reactor could not import ${url}: ${messageOf(cause)}`, { cause })
      },
    )
    this.#imports.set(url, imported)
    return imported
  }

  #check(url: string): void {
    if (!URL.canParse(url)) {
      throw new ModuleNotAllowedError(
        `\`${url}\` is not a URL; name a module with \`new URL('./it.js', import.meta.url)\``,
      )
    }
    if (!this.#allow(new URL(url))) {
      throw new ModuleNotAllowedError(
        `The reactor may not import ${url} for a calling thread; if it shall, let \`allowModule\` of new Reactor() return true for it`,
      )
    }
  }
}
