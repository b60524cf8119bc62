/** What this thread's heap holds, in bytes, rubbish not counted. */
export function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** With Node's option `--expose-gc`, as `npm run bench` sets it. */
export function collectGarbage(): void {
  globalThis.gc?.()
}
