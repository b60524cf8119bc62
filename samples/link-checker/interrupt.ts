/** Calls `stop` at the first Ctrl-C. A second one, should that take too long, ends the process at once. */
export function onInterrupt(stop: () => void): void {
  let first: number | undefined
  process.on('SIGINT', () => {
    if (first === undefined) {
      first = performance.now()
      stop()
      return
    }
    // Started by npm, the process gets each Ctrl-C twice: from the terminal, and from npm, which forwards it.
    if (performance.now() - first > 200) process.exit(130)
  })
}
