/** In frames; more than a shutdown takes until it gives the loop back, apart from what the application's teardowns take. */
const NEEDED = 500

/**
 * Makes sure that there is room on the stack for what must not break off in the middle.
 *
 * @throws RangeError, V8's own, if the stack is nearly full.
 */
export function ensureStack(frames = NEEDED): number {
  // Not a tail call, in case that engines reuse the frame of one.
  return frames === 0 ? 0 : 1 + ensureStack(frames - 1)
}
