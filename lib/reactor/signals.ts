import { constants } from 'node:os'
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
 *
 * All reactors share one listener a signal.
 */
export class Signals {
  readonly names: readonly NodeJS.Signals[]
  readonly stop: () => Promise<unknown>

  /**
   * @param stop - Gives the same promise each time; it never rejects.
   * @throws TypeError or RangeError if they aren't signals that end a process, or never come in this thread.
   */
  constructor(names: readonly NodeJS.Signals[], stop: () => Promise<unknown>) {
    check(names)
    this.names = [...names]
    this.stop = stop
    for (const name of this.names) {
      const listening = listeningFor(name)
      if (listening.size === 0) process.on(name, onFirst)
      listening.add(this)
    }
  }

  ignore(): void {
    for (const name of this.names) {
      const listening = listeningFor(name)
      if (listening.delete(this) && listening.size === 0) process.off(name, onFirst)
    }
  }
}

function listeningFor(name: NodeJS.Signals): Set<Signals> {
  const { signals } = thisThread
  let listening = signals.listening.get(name)
  if (listening === undefined) {
    listening = new Set()
    signals.listening.set(name, listening)
  }
  return listening as Set<Signals> // only this file puts anything there
}

function onFirst(first: NodeJS.Signals): void {
  const { stopping } = thisThread.signals
  const told = [...listeningFor(first)]
  for (const one of told) one.ignore()
  for (const name of new Set(told.flatMap(({ names }) => names))) {
    // For reactors that the first signal didn't mean, this one is the first.
    if (listeningFor(name).size === 0) endAtSecond(name)
  }
  for (const one of told) {
    stopping.add(one)
    void one.stop().then(() => {
      stopping.delete(one)
      // No reactor that was told by a signal shall be cut off in the middle of its stop. Nor shall those whose turn comes
      // after this one, who wait for the same promise.
      if (stopping.size === 0) setImmediate(end, first)
    })
  }
}

/** Where nobody else listens the kernel does that, so also while the loop is blocked; but it spares the process 1. */
function endAtSecond(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 0 || process.pid === 1) process.on(name, end)
}

/** Ends the process with the signal's own status; or, being process 1, with the status that shells use for it. */
function end(name: NodeJS.Signals): void {
  // With a listener, the signal would not end anything.
  process.removeAllListeners(name)
  if (process.pid === 1) process.exit(128 + constants.signals[name])
  process.kill(process.pid, name)
}

function check(names: readonly NodeJS.Signals[]): void {
  if (!Array.isArray(names)) {
    throw new TypeError(`options.signals is \`${String(names)}\`; it must be an array such as ['SIGINT', 'SIGTERM']`)
  }
  for (const name of names) {
    if (ENDING.includes(name)) continue
    throw new RangeError(`options.signals has \`${String(name)}\`; it may have ${ENDING.join(', ')}`)
  }
  if (names.length > 0 && !isMainThread) {
    throw new RangeError(
      'options.signals has signals, but signals reach only the main thread; stop this reactor from there',
    )
  }
}
