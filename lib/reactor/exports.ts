/**
 * The functions that a module exports, however it was loaded. What exports there are by name differs: an ES module has them
 * all; of a CommonJS module Node sees those that its text shows; and loaders that compile to CommonJS give an object of getters.
 *
 * @module
 */
import { UnknownFunctionError } from '../errors.js'
import { cut } from '../protocol/shown.js'
import { type Callable, callable, callableNames, isExports, list, whatElse } from './services.js'

/**
 * A function that a module exports by that name, or that its default export has, as `module.exports` is one.
 *
 * @throws UnknownFunctionError with the names that are there.
 */
export function exportedFunction(exports: object, name: string, url: string): Callable {
  const parts = [...partsOf(exports)]
  for (const self of parts) {
    const fn = callable(self, name)
    if (fn !== undefined) return { fn, self }
  }
  const what = parts.map((part) => whatElse(part, name)).find((found) => found !== '') ?? ''
  const names = new Set(parts.flatMap(callableNames))
  throw new UnknownFunctionError(
    `The module ${cut(url)} has no function \`${cut(name)}\` to call${what}; it has: ${list([...names].sort())}`,
  )
}

/** What was required, as `import` would give it. */
export function asExports(required: unknown): object {
  return isObject(required) && isExports(required) ? required : { default: required }
}

/** By name comes first. What was compiled to CommonJS has its own default export within that one. */
function* partsOf(exports: object): Iterable<object> {
  yield exports
  const inner: unknown = Reflect.get(exports, 'default')
  if (!isObject(inner) || inner === exports) return
  yield inner
  const innermost: unknown = isExports(inner) ? Reflect.get(inner, 'default') : undefined
  if (isObject(innermost)) yield innermost
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
