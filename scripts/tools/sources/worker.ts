// Doubles what it is given, in a pool's thread.

import { blocking } from 'rx-crochet/caller'

const math = blocking<typeof import('./math.ts')>('math', { timeout: 5_000 })

export default (x: number): number => math.double(x)
