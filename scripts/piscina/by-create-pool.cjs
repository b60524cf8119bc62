// @ts-check
// Loaded before a file of Piscina's own tests: `new Piscina` there makes a pool of `createPool`.

const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { isMainThread } = require('node:worker_threads')

// In threads Piscina is what it is.
if (isMainThread) {
  const { Reactor } = require('../..')
  const own = createRequire(join(__dirname, '../../package.json'))
  const main = own.resolve('piscina')
  const reactor = new Reactor()
  const ByCreatePool = new Proxy(own('piscina'), {
    construct: (_, [options]) => reactor.createPool(options),
    get: (target, key) => (key === 'Piscina' || key === 'default' ? ByCreatePool : Reflect.get(target, key)),
  })
  // Its tests load both, by their paths.
  const { exports } = cached(join(dirname(main), 'index.js'))
  Object.assign(exports, { Piscina: ByCreatePool, default: ByCreatePool })
  cached(main).exports = ByCreatePool
}

function cached(/** @type {string} */ file) {
  const module = require.cache[file]
  if (module === undefined) throw new Error(`${file} was not loaded`)
  return module
}
