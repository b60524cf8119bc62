import { blocking } from 'rx-crochet/caller'

const math = blocking('math', { timeout: 5_000 })

export default (x) => math.double(x)
