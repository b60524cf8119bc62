import { require } from './require.js'

/**
 * Only when something is written: it takes 10 ms to load, and most threads that have a reactor never write.
 *
 * @throws What `require` throws, as in an application that was bundled and is deployed without it.
 */
export function loadPino(): typeof import('pino') {
  return require('pino')
}
