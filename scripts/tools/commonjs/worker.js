// Calls what it is asked for, in a pool's thread; a number is doubled.

const { blocking } = require('rx-crochet/caller')

const math = blocking('math', { timeout: 5_000 })

module.exports = (task) => (typeof task === 'number' ? math.double(task) : math[task]())
