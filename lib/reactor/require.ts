import { createRequire } from 'node:module'
import { ownFile } from '../protocol/own-file.js'

/**
 * Loads what is CommonJS, at once and only when it is needed. Bundlers don't follow it: an application that was bundled
 * loads it from where its own file is, and must bring it along.
 */
export const require = createRequire(ownFile(import.meta.url))
