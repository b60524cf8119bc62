import { format } from 'node:util'
import type { LineLevel } from '../protocol/logger.js'
import { thisThread } from '../protocol/thread.js'
import { writePrinted } from './logger.js'

const LEVELS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const satisfies Record<
  string,
  LineLevel
>

/**
 * Sends what this thread writes to `console` through the reactor's logger: `console.log` and `info` at level `info`, the
 * others at the level of their name. So it appears while the thread is blocked, too; whatever the reactor's `logLevel`, for it would have
 * been printed without this. Only a logger of your own has levels that may keep it back. Where the log is too slow, it goes to standard
 * error rather than being dropped. What the reactor's logger writes to this thread's `console` itself goes where it went before.
 *
 * @example
 * ```ts
 * captureConsole()
 * console.log('asking for', host) // appears now, not when this thread has its answer
 * ```
 * @returns Disposing it gives the console back.
 * @see logger
 */
export function captureConsole(): Disposable {
  const names = Object.keys(LEVELS) as (keyof typeof LEVELS)[] // it has no other keys
  const own = names.map((name) => ({ name, method: console[name] }))
  for (const { name, method } of own) {
    console[name] = (...args) => {
      if (thisThread.isWritingLine) method.apply(console, args)
      else writePrinted(LEVELS[name], format(...args))
    }
  }
  return {
    [Symbol.dispose]: () => {
      for (const { name, method } of own) console[name] = method
    },
  }
}
