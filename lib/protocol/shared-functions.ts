/**
 * The functions that modules shared by both sides gave to `runInReactor` and `waitFor`, as this thread loaded them.
 * A calling thread checks their identity here; a reactor finds here what to run.
 *
 * @module
 */
import { DefinitionError } from '../errors.js'
import type { FunctionRef } from './function-ref.js'
import { cut, nameOfFunction } from './shown.js'
import { type AnyFunction, type SharedModule, thisThread } from './thread.js'

/** Marks a URL under which the reactor imports a module again; see `Modules`. */
export const ATTEMPT = 'rx-crochet-attempt'

/**
 * Defines a function of a shared module.
 *
 * @returns The module's URL and the function's name, which are its identity in every thread.
 * @throws DefinitionError if the function has no name, or the module has one of that name already.
 */
export function defineShared(meta: ImportMeta, fn: AnyFunction): Pick<FunctionRef, 'of' | 'name'> {
  const url = identityOf(meta.url)
  // A static property of a class may stand in its place.
  const name = nameOfFunction(fn)
  if (name === '') {
    throw new DefinitionError(
      `A function given to runInReactor or waitFor in ${cut(url)} has no name, so no other thread could find it; ` +
        'write `function lookup(…) {…}` instead of an arrow function',
    )
  }
  const evaluation = evaluationOf(meta)
  if (evaluation.functions.has(name)) {
    throw new DefinitionError(
      `\`${cut(name)}\` is defined twice in ${cut(url)}; a shared function is found by its name, so give one another name`,
    )
  }
  evaluation.functions.set(name, fn)
  return { of: url, name }
}

/**
 * The functions that a module defined in this thread; `undefined` if it defined none (yet).
 *
 * @param url - Under which it was evaluated, with the mark of the attempt.
 */
export function sharedFunctionsOf(url: string): ReadonlyMap<string, AnyFunction> | undefined {
  return thisThread.sharedModules.get(url)?.functions
}

/** Each evaluation of a module has an `import.meta` of its own: one that comes anew replaces the last one's functions. */
function evaluationOf(meta: ImportMeta): SharedModule {
  const last = thisThread.sharedModules.get(meta.url)
  if (last?.meta === meta) return last
  const evaluation: SharedModule = { meta, functions: new Map() }
  thisThread.sharedModules.set(meta.url, evaluation)
  return evaluation
}

function identityOf(url: string): string {
  return url.replace(new RegExp(`[?&]${ATTEMPT}=\\d+`), '')
}
