const { blocking } = require('rx-crochet/caller')

const math = blocking('math', { timeout: 5_000 })

module.exports = (x) => math.double(x)
