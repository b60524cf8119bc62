// Calls what it is asked for, in a pool's thread; a number is doubled.

import { blocking } from 'rx-crochet/caller'

const math = blocking('math', { timeout: 5_000 })

export default (task) => (typeof task === 'number' ? math.double(task) : math[task]())
