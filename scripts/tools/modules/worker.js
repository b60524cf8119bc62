// Calls what it is asked for, in a pool's thread; a number is doubled.

import { blocking } from 'rx-crochet/caller'

const math = blocking('math', { timeout: 5_000 })
const impatient = blocking('math', { timeout: 100 })

export default (task) => {
  if (typeof task === 'number') return math.double(task)
  return task === 'never' ? impatient.never() : math[task]()
}
