import { constants } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import * as clock from '../protocol/clock.js'
import { isList } from '../protocol/realms.js'
import { shown } from '../protocol/shown.js'
import { writeToStderr } from '../protocol/stderr-line.js'
import { thisThread } from '../protocol/thread.js'

/** Signals that can be listened to, and that end a process which doesn't. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR2', 'SIGALRM']

/** What shells say of a process that a signal has ended: 128 and the signal's number. */
const ENDED_BY = 128

/**
 * What `process.exit()` calls when the `exit` listeners have run. It isn't documented, but is there for all to replace, and many
 * programs rely on that. A runtime that doesn't call it ends with the exit code.
 */
interface Exiting {
  reallyExit?: (code: number) => never
}

// The types of Node know nothing of it.
const exiting = process as Exiting
/** As it was, for nothing shall come between when the process has to end. */
const { reallyExit = process.exit } = exiting

/**
 * Stops a reactor at the first signal, and then ends the process as that signal would have, but that its `exit` listeners run.
 *
 * ```
 * listening ──signal──▶ stopping ──stopped──▶ `exit` listeners run ──▶ the process ends
 *                           │                           │
 *                           └─────────signal────────────┴────────────▶ the process ends at once
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
      if (stopping.size === 0) clock.inNextTurn(() => end(first))
    })
  }
}

/** Where nobody else listens the kernel does that, so also while the loop is blocked; but it spares the process 1. */
function endAtSecond(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 0 || process.pid === 1) process.on(name, endAtOnce)
}

/**
 * Ends the process as `endAtOnce` does, when the `exit` listeners have run, by which other loggers write what they have.
 *
 * It takes the place of the last thing that `process.exit()` does. A last listener of ours would not do: one that calls
 * `process.exit()` itself ends all listening, and who replaces `process.emit()`, to be told of the end, is told after the last.
 */
function end(name: NodeJS.Signals): void {
  // While those of `exit` run no other listener is called. With none, the kernel ends the process at the second signal.
  for (const each of ENDING) if (process.listeners(each).includes(endAtOnce)) process.removeAllListeners(each)
  process.removeAllListeners(name)
  exiting.reallyExit = () => endAtOnce(name)
  try {
    process.exit(statusOf(name))
  } catch (err) {
    // It would be an uncaught exception, and who listens to those would keep a process of which Node thinks that it has ended.
    writeToStderr({
      level: 'error',
      message: "rx-crochet: a listener of the process's `exit` threw, so those after it are not called:",
      details: { err },
    })
  } finally {
    endAtOnce(name)
  }
}

/** Ends the process with the signal's own status; or, where it doesn't end it, with the status that shells use for it. */
function endAtOnce(name: NodeJS.Signals): never {
  // With a listener, the signal would not end anything.
  process.removeAllListeners(name)
  // It ends the process before this returns. But the kernel spares the process 1, and under Windows nothing tells signals apart.
  if (process.platform !== 'win32') process.kill(process.pid, name)
  return reallyExit.call(process, statusOf(name))
}

function statusOf(name: NodeJS.Signals): number {
  return ENDED_BY + constants.signals[name]
}

function check(names: readonly NodeJS.Signals[]): void {
  if (!isList(names)) {
    throw new TypeError(`options.signals is \`${shown(names)}\`; it must be an array such as ['SIGINT', 'SIGTERM']`)
  }
  for (const name of names) {
    if (ENDING.includes(name)) continue
    throw new RangeError(`options.signals has \`${shown(name)}\`; it may have ${ENDING.join(', ')}`)
  }
  if (names.length > 0 && !isMainThread) {
    throw new RangeError(
      'options.signals has signals, but signals reach only the main thread; stop this reactor from there',
    )
  }
}
