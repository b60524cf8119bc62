/**
 * The shortest synchronous program: it blocks, while what takes time runs in the reactor's thread.
 *
 * Run: `npm run samples -- plain-program`. Prints:
 *
 *     127.0.0.1
 */
import { blocking, setup } from 'rx-crochet/caller'

setup()
const names = blocking<typeof import('./names.js')>(new URL('./names.js', import.meta.url), { timeout: 5_000 })

console.log(names.addressOf('localhost'))
