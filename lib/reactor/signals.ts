import { isMainThread } from 'node:worker_threads'
import { thisThread } from '../protocol/thread.js'

/** Signals that can be listened to, and that end a process which doesn't. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR2', 'SIGALRM']

/**
 * Stops a reactor at the first signal, and then ends the process as that signal would have.
 *
 * ```
 * listening ──signal──▶ stopping ──stopped──▶ the process ends
 *                           └──────signal───▶ the process ends at once
 * ```
 */
export class Signals {
  readonly #signals: readonly NodeJS.Signals[]
  readonly #stop: () => Promise<unknown>

  /**
   * @param stop - Gives the same promise each time; it never rejects.
   * @throws TypeError or RangeError if they aren't signals that end a process, or never come in this thread.
   */
  constructor(signals: readonly NodeJS.Signals[], stop: () => Promise<unknown>) {
    check(signals)
    this.#signals = signals
    this.#stop = stop
    for (const signal of signals) process.on(signal, this.#onFirst)
  }

  ignore(): void {
    for (const signal of this.#signals) process.off(signal, this.#onFirst)
  }

  readonly #onFirst = (first: NodeJS.Signals): void => {
    this.ignore()
    // Where nobody else listens, a second signal is the kernel's again, so it ends even a process whose loop is blocked.
    for (const signal of this.#signals) if (process.listenerCount(signal) > 0) process.on(signal, endProcess)
    thisThread.signalled.add(this)
    void this.#stop().then(() => {
      thisThread.signalled.delete(this)
      // Several reactors may have been told by the same signal: none shall be cut off in the middle of its stop. Nor
      // shall those whose turn comes after this one, who wait for the same promise.
      if (thisThread.signalled.size === 0) setImmediate(endProcess, first)
    })
  }
}

function endProcess(signal: NodeJS.Signals): void {
  // With a listener, the signal would not end anything.
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

function check(signals: readonly NodeJS.Signals[]): void {
  if (!Array.isArray(signals)) {
    throw new TypeError(`options.signals is \`${String(signals)}\`; it must be an array such as ['SIGINT', 'SIGTERM']`)
  }
  for (const signal of signals) {
    if (ENDING.includes(signal)) continue
    throw new RangeError(`options.signals has \`${String(signal)}\`; it may have ${ENDING.join(', ')}`)
  }
  if (signals.length > 0 && !isMainThread) {
    throw new RangeError(
      'options.signals has signals, but signals reach only the main thread; stop this reactor from there',
    )
  }
}
