import { URL } from 'node:url'
import { ModuleNotAllowedError, UnknownFunctionError } from '../errors.js'
import { sharedFunctionsOf } from '../protocol/shared-functions.js'
import { cut } from '../protocol/shown.js'
import { thisThread } from '../protocol/thread.js'
import { hintOf } from '../protocol/web-url.js'
import { exportedFunction } from './exports.js'
import { attempt, importOf } from './module-import.js'
import type { Allowance } from './options.js'
import type { Observable } from './rxjs.js'
import { type Callable, list } from './services.js'

/** A function of a module that is not loaded yet. */
export interface Loading {
  /** Emits what the module exports, when it is loaded, or why it could not be. Who unsubscribes has given up. */
  readonly module$: Observable<object>
  /** @throws UnknownFunctionError */
  find(exports: object): Callable
}

/**
 * The modules that calling threads have the reactor import. Each is loaded once a thread, whichever of its reactors was
 * asked first, and keeps its state.
 */
export class Modules {
  readonly #allowance: Allowance
  readonly #allowed = new Set<string>()

  constructor(allowance: Allowance) {
    this.#allowance = allowance
  }

  /**
   * A function that the module exports. There at once when the module is loaded, so that calls then start in the order
   * they were made.
   *
   * @throws ModuleNotAllowedError or UnknownFunctionError.
   */
  findExported(url: string, name: string): Callable | Loading {
    return this.#find(url, (exports) => exportedFunction(exports, name, url))
  }

  /** A function that the module gave to `runInReactor` or `waitFor`; as `findExported`. */
  findShared(url: string, name: string): Callable | Loading {
    // If the application imported the module itself, its functions are there already. Those of a module that is being
    // imported may be there too, but what they need may not.
    const isBeingImported = thisThread.imports.get(url)?.underWay.has(evaluatedUrl(url))
    const known = isBeingImported ? undefined : sharedFunctionsOf(evaluatedUrl(url))?.get(name)
    if (known !== undefined) return { fn: known, self: undefined }
    return this.#find(url, () => {
      const functions = sharedFunctionsOf(evaluatedUrl(url))
      const fn = functions?.get(name)
      if (fn !== undefined) return { fn, self: undefined }
      throw new UnknownFunctionError(
        `The module ${cut(url)} defines no \`${cut(name)}\` with runInReactor or waitFor in the reactor's thread; ` +
          `it defines: ${list(functions?.keys() ?? [])}`,
      )
    })
  }

  #find(url: string, find: Loading['find']): Callable | Loading {
    this.#check(url)
    const module = importOf(url)
    return module.loaded === undefined ? { module$: attempt(url, module), find } : find(module.loaded.exports)
  }

  #check(url: string): void {
    if (this.#allowed.has(url)) return
    if (!URL.canParse(url)) {
      throw new ModuleNotAllowedError(
        `\`${cut(url)}\` is not a URL; name a module with \`new URL('./it.js', import.meta.url)\``,
      )
    }
    const parsed = new URL(url)
    if (!this.#allowance.allows(parsed)) {
      throw new ModuleNotAllowedError(
        `The reactor may not import ${cut(url)} for a calling thread; if it shall, ${this.#allowance.cure(parsed)}${hintOf(url)}`,
      )
    }
    this.#allowed.add(url)
  }
}

/** Under which URL the module was evaluated that is the one of this thread. */
function evaluatedUrl(url: string): string {
  return thisThread.imports.get(url)?.loaded?.url ?? url
}
