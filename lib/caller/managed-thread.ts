import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, type WorkerOptions } from 'node:worker_threads'
import { ReactorStopped } from '../errors.js'
import { isAlive } from '../protocol/alive.js'
import * as clock from '../protocol/clock.js'
import { type Hello, helloMessage } from '../protocol/hello.js'
import { checkedLogLevel, DEFAULT_LOG_LEVEL, type LogLevel } from '../protocol/logger.js'
import { type LastWord, LOOK_EVERY, type ManagedData, type ManagedOptions, stopMessage } from '../protocol/managed.js'
import { Bell } from '../protocol/memory/bell.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { LogThreshold } from '../protocol/memory/log-threshold.js'
import { fileForThread } from '../protocol/own-file.js'
import { writeToStderr } from '../protocol/stderr-line.js'
import type { StopOptions, StopReport } from '../protocol/stop.js'
import type { Managed, Settings } from '../protocol/thread.js'
import { Pulse } from './pulse.js'

const FILE = fileForThread('reactor/managed-thread')

/** In ms; how long the end of this thread waits for that of the reactor. */
const LONGEST_END = 2_000

/** How it came to its end: with a report, or why without one. */
type Ending = { readonly report: StopReport } | { readonly reason: string; readonly isTerminated: boolean }

const GONE = "The reactor's thread had ended before it could be stopped"
const ENDED = "The reactor's thread ended by itself before it had stopped; if an exception ended it, that is in the log"

/** Not in an application that was bundled into files of its own. */
export function canStart(): boolean {
  return FILE !== undefined
}

/** The thread of a reactor that this thread manages; it lives no longer than this one, and doesn't keep it alive. */
export class ManagedThread implements Managed {
  readonly mayDie = true
  readonly settings: Settings
  readonly #threshold: LogThreshold
  readonly #worker: Worker
  readonly #onExit = (): void => {
    this.#ending ??= this.#stop({}, LONGEST_END, LONGEST_END)
  }
  readonly #lifeline: MessagePort
  /** Of the connections to it. */
  #memories: readonly ConnectionMemory[] = []
  #ending: Ending | undefined
  #isOver = false
  /** Not by itself. */
  #hasStopped = false
  #isTerminated = false

  /**
   * @param settings - The same, by name.
   */
  constructor(options: ManagedOptions, workerOptions: WorkerOptions, settings: Settings) {
    this.settings = settings
    this.#threshold = LogThreshold.allocate(options.logLevel ?? DEFAULT_LOG_LEVEL)
    const { port1, port2 } = new MessageChannel()
    this.#lifeline = port1
    const workerData: ManagedData = { options, threshold: this.#threshold.buffer, lifeline: port2 }
    const own = { name: 'rx-crochet', workerData, transferList: [port2] }
    if (FILE === undefined) throw new Error('It was not asked whether a thread can start')
    this.#worker = new Worker(FILE, Object.assign(Object.create(null), argumentsForFile(), workerOptions, own))
    this.#worker.on('error', report)
    // It may have had a last word.
    this.#worker.on('exit', () => this.isOver || this.#end())
    this.#worker.unref()
    process.on('exit', this.#onExit)
  }

  get isOver(): boolean {
    if (this.#isOver) return true
    // While this thread is blocked there are no events. The one message is that it is about to end.
    const lastWord: LastWord | undefined = receiveMessageOnPort(this.#lifeline)?.message
    if (lastWord === 'has stopped') this.#hasStopped = true
    if (lastWord !== undefined || !isAlive(this.#lifeline, undefined)) this.#end()
    return this.#isOver
  }

  get logLevel(): LogLevel {
    return this.#threshold.level
  }

  set logLevel(level: LogLevel) {
    this.#threshold.level = checkedLogLevel(level)
  }

  get isStopping(): boolean {
    return this.#memories.some((memory) => memory.isClosing)
  }

  ask(hello: Hello): void {
    if (this.isOver) return this.#tellEnd(hello.memory)
    this.#memories = [...this.#memories.filter(({ isDone }) => !isDone), hello.memory]
    this.#lifeline.postMessage(helloMessage(hello), [hello.port])
  }

  stop(options: Required<StopOptions>): StopReport {
    const ending = this.#stopOnce(options)
    if ('report' in ending) return ending.report
    throw new ReactorStopped(ending.reason)
  }

  giveWay(options: Required<StopOptions>): void {
    const ending = this.#stopOnce(options)
    if ('report' in ending || !ending.isTerminated) return
    writeToStderr({ level: 'warn', message: `rx-crochet: ${ending.reason}`, details: {} })
  }

  #stopOnce(options: Required<StopOptions>): Ending {
    this.#ending ??= this.#stop(options, Number.POSITIVE_INFINITY, options.drainTimeout)
    return this.#ending
  }

  /**
   * @param timeout - In ms; how long to wait for the report.
   * @param patience - In ms; how long the reactor's loop may stand still before its thread is terminated.
   */
  #stop(options: Partial<StopOptions>, timeout: number, patience: number): Ending {
    if (this.isOver) return { reason: GONE, isTerminated: false }
    const { port1, port2 } = new MessageChannel()
    const bell = Bell.allocate()
    this.#lifeline.postMessage(stopMessage({ options, port: port2, bell }), [port2])
    const pulse = new Pulse(patience / LOOK_EVERY)
    const end = clock.now() + timeout
    let received: { message: unknown } | undefined
    let mayComeYet: boolean
    do {
      bell.sleep(Math.min(LOOK_EVERY, Math.max(0, end - clock.now())))
      pulse.look(bell.beats)
      mayComeYet = !pulse.isLost && clock.now() < end && isAlive(port1, undefined)
      // The report is looked for last. If it was posted before, it counts, be it late, or its thread have ended since. If it is
      // posted after, this thread waits on; or has given up, and then the other is terminated, whatever it has come to.
      received = receiveMessageOnPort(port1)
    } while (received === undefined && mayComeYet)
    const isTerminated = isAlive(port1, undefined)
    // It may have begun in its own thread, before it was asked for here.
    const hasBegun = pulse.hasBeaten || this.isStopping
    port1.close()
    this.#hasStopped = received !== undefined
    this.#isTerminated = received === undefined && isTerminated
    if (received === undefined) void this.#worker.terminate()
    this.#end()
    // There is no other message.
    if (received !== undefined) return { report: received.message as StopReport }
    return { reason: isTerminated ? whyTerminated(pulse, hasBegun) : ENDED, isTerminated }
  }

  #end(): void {
    this.#isOver = true
    for (const memory of this.#memories) this.#tellEnd(memory)
    this.#lifeline.close()
    process.off('exit', this.#onExit)
  }

  /** To who calls it. */
  #tellEnd(memory: ConnectionMemory): void {
    if (this.#isTerminated) return memory.terminate()
    if (!this.#hasStopped) return memory.orphan()
    memory.stop()
    memory.leave()
  }
}

function whyTerminated({ isLost, longest }: Pulse, hasBegun: boolean): string {
  if (!isLost)
    return `The reactor's thread was terminated: at the end of this one it had not stopped within ${LONGEST_END} ms`
  const [when, what] = hasBegun
    ? ['while it stopped', 'A shutdown trigger, a teardown or a subscriber of shutdown$']
    : ['before it came to stop()', 'What it ran']
  return (
    `The reactor's thread was terminated ${when}: its loop stood still for ${longest * LOOK_EVERY} ms. ${what} did not give it ` +
    'back; have that return a promise or an Observable for what takes its time, or stop() wait longer by `drainTimeout`'
  )
}

/** What this thread was started with, of which some goes only with a program that is no file. */
function argumentsForFile(): WorkerOptions {
  const isOfFile = (argument: string): boolean => !argument.startsWith('--input-type')
  if (process.execArgv.every(isOfFile)) return {}
  const isKnown = (argument: string): boolean => process.allowedNodeEnvironmentFlags.has(argument.split('=')[0] ?? '')
  return { execArgv: process.execArgv.filter((argument) => isOfFile(argument) && isKnown(argument)) }
}

/** An exception the thread has reported itself; that Node ended it, as when it ran out of memory, it can't. */
function report(error: NodeJS.ErrnoException): void {
  if (error.code?.startsWith('ERR_WORKER_'))
    process.stderr.write(`rx-crochet: the reactor's thread has ended: ${error.message}\n`)
}
