/** What happens in the server, a line each; once the shutdown has begun, with the ms since then. */
export class Timeline {
  #start: number | undefined

  begin(): void {
    this.#start = performance.now()
  }

  add(event: string): void {
    const since = this.#start === undefined ? '' : `${Math.round(performance.now() - this.#start)} ms`
    process.stdout.write(`${since.padStart(7)}  ${event}\n`)
  }
}
