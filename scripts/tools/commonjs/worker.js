// Calls what it is asked for, in a pool's thread; a number is doubled.

const { blocking } = require('rx-crochet/caller')

const math = blocking('math', { timeout: 5_000 })
const impatient = blocking('math', { timeout: 100 })

module.exports = (task) => {
  if (typeof task === 'number') return math.double(task)
  return task === 'never' ? impatient.never() : math[task]()
}
