/** Whether it is the event by which a Piscina says that `close()` took longer than its `closeTimeout`. */
export function isCloseTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Close operation timed out'
}
