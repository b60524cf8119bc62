import { thisThread } from '../protocol/thread.js'

/** Has a function called when the process exits, whatever the reason. Returns what undoes that. */
export function flushAtExit(flush: () => void): () => void {
  const { flushes } = thisThread
  // One listener, however many reactors there are.
  if (flushes.size === 0) process.on('exit', flushAll)
  flushes.add(flush)
  return () => {
    flushes.delete(flush)
    if (flushes.size === 0) process.off('exit', flushAll)
  }
}

function flushAll(): void {
  for (const flush of thisThread.flushes) flush()
}
