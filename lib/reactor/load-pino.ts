import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Only when something is written: it takes 10 ms to load, and most threads that have a reactor never write. */
export function loadPino(): typeof import('pino') {
  return require('pino')
}
