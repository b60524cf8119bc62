/**
 * The keys by which `using` disposes, where they are missing. Node 20 and 22 add them to their main realm alone, so a `node:vm` context
 * may have none, where tests run. There `using` would find nothing, and two methods of a class would both be named `undefined`.
 *
 * Filled in as Node does it, and as Jest does; so whoever comes first, the keys are the same.
 *
 * @module
 */
for (const name of ['dispose', 'asyncDispose']) {
  if (name in Symbol) continue
  Object.defineProperty(Symbol, name, { value: Symbol.for(`nodejs.${name}`) })
}
