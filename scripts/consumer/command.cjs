// As command.js, by `require`.

const { pathToFileURL } = require('node:url')
const { blocking, setup } = require('rx-crochet/caller')

setup()
const math = blocking(pathToFileURL(require.resolve('./math.cjs')), { timeout: 5_000 })
console.log(math.double(21))
