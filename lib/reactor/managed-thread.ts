/**
 * What the thread of a managed reactor runs. If the reactor cannot even be loaded, as without RxJS, nobody else would say so:
 * the thread that waits for it learns only that it has ended.
 *
 * @module
 */
import { writeSync } from 'node:fs'
import { standIn } from '../protocol/shown.js'

const STDERR = 2

// Not awaited at the top level, which CommonJS has not.
import('./managed-reactor.js').catch((error) => {
  writeSync(STDERR, `rx-crochet: the thread of the reactor could not start it: ${standIn(error)}\n`)
  process.exit(1)
})
