/** Either kind of iterator, as far as leaving it goes. */
interface Leavable {
  return?(): unknown
}

/**
 * Tells an iterator that nobody wants more of it. What its `finally` throws then, at once or later, can't be anybody's outcome any
 * more: it is reported.
 */
export function leave(iterator: Leavable, failed: (error: unknown) => void): void {
  try {
    Promise.resolve(iterator.return?.()).catch(failed)
  } catch (error) {
    failed(error)
  }
}
