/** What Piscina takes for an AbortSignal, made for it alone: a real one costs a tiny task a tenth of its time. */
export class Abortion {
  #listener: (() => void) | undefined

  once(_event: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  off(_event: 'abort', _listener: () => void): void {
    this.#listener = undefined
  }

  removeListener(event: 'abort', listener: () => void): void {
    this.off(event, listener)
  }

  abort(): void {
    this.#listener?.()
  }
}
