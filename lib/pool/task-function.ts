/**
 * Finds the functions of tasks, in a pool's thread, in Piscina's own steps. Loads as little as it can, for every thread does.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import * as clock from '../protocol/clock.js'
import { ownFile } from '../protocol/own-file.js'

export type Handler = (task: unknown) => unknown

/** Why a function could not be loaded. */
export class LoadFailure {
  readonly #isOne = true
  /** What its file, or the promise that was exported, failed with. */
  readonly thrown: unknown
  /** When that load began, by the clock that all threads share. */
  readonly began: number
  /** `undefined` if the file failed. */
  readonly name: string | undefined

  constructor(thrown: unknown, began: number, name: string | undefined) {
    this.thrown = thrown
    this.began = began
    this.name = name
  }

  /** Asks nothing of the value, which may be a Proxy that has been revoked. */
  static is(value: unknown): value is LoadFailure {
    return typeof value === 'object' && value !== null && #isOne in value
  }
}

const require = createRequire(ownFile(import.meta.url))
const handlers = new Map<string, Handler>()
const loading = new Map<string, Promise<Handler>>()
const failures = new Map<string, LoadFailure>()

/** If it has been loaded. */
export function loadedHandler(path: string, name: string): Handler | undefined {
  return handlers.get(`${path}/${name}`)
}

/** Why this thread could not load it, if it has tried. */
export function pastFailure(path: string, name: string): LoadFailure | undefined {
  return failures.get(path) ?? failures.get(`${path}/${name}`)
}

/**
 * Loads it, once however many ask at a time.
 *
 * @returns Rejects with a LoadFailure; or an Error if the file has no such function.
 */
export function loadHandler(path: string, name: string): Promise<Handler> {
  const key = `${path}/${name}`
  const present = loading.get(key)
  if (present !== undefined) return present
  const loaded = load(path, name)
    .then(
      (handler) => {
        handlers.set(key, handler)
        return handler
      },
      (thrown: unknown) => {
        if (LoadFailure.is(thrown)) failures.set(thrown.name === undefined ? path : key, thrown)
        throw thrown
      },
    )
    .finally(() => loading.delete(key))
  loading.set(key, loaded)
  return loaded
}

/** By `require` first, as Piscina, so a module that was loaded already is the same one here. */
async function load(path: string, name: string): Promise<Handler> {
  const began = clock.shared()
  let isLoaded = false
  try {
    const required: unknown = await namespaceOf(require(path))
    isLoaded = true
    const found = await exported(required, name)
    if (found !== undefined) return found
  } catch {
    // It is an ES module that cannot be required; or it fails, and will fail once more below.
  }
  try {
    const imported: unknown = await import(pathToFileURL(path).href)
    isLoaded = true
    const found = await exported(imported, name)
    if (found !== undefined) return found
  } catch (thrown) {
    throw new LoadFailure(thrown, began, isLoaded ? name : undefined)
  }
  throw new Error(`No handler function exported from ${path}`)
}

/** What Piscina's `import` is compiled to makes of what `require` gives. */
function namespaceOf(module: unknown): unknown {
  if (Reflect.get(Object(module), '__esModule')) return module
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(Object(module)), default: { value: module } },
  )
}

async function exported(module: unknown, name: string): Promise<Handler | undefined> {
  // A function with `__esModule` is taken itself, whatever the name.
  const found: unknown = typeof module === 'function' ? module : await Reflect.get(Object(module), name)
  return typeof found === 'function' ? (found as Handler) : undefined // what it takes is between its author and its callers
}
