import { existsSync } from 'node:fs'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, type WorkerOptions } from 'node:worker_threads'
import { ReactorStopped } from '../errors.js'
import { isAlive } from '../protocol/alive.js'
import { type Hello, helloMessage } from '../protocol/hello.js'
import { HAS_BEGUN, type ManagedData, type ManagedOptions, stopMessage } from '../protocol/managed.js'
import { Bell } from '../protocol/memory/bell.js'
import type { ConnectionMemory } from '../protocol/memory/connection-memory.js'
import { ownFile } from '../protocol/own-file.js'
import type { StopOptions, StopReport } from '../protocol/stop.js'
import type { Managed } from '../protocol/thread.js'

const FILE = new URL('../reactor/managed-thread.js', ownFile(import.meta.url))

/** In ms; how long the end of this thread waits for that of the reactor. */
const LONGEST_END = 2_000
/** In ms; how often to look whether the reactor's thread is still there. */
const LOOK_FOR_LIFE = 250

/** Not in an application that was bundled into one file. */
export function canStart(): boolean {
  return existsSync(FILE)
}

/** The thread of a reactor that this thread manages; it lives no longer than this one, and doesn't keep it alive. */
export class ManagedThread implements Managed {
  readonly mayDie = true
  readonly #worker: Worker
  readonly #onExit = (): void => {
    this.#report ??= this.#stop({}, LONGEST_END, LONGEST_END)
  }
  readonly #lifeline: MessagePort
  /** Of the connections to it. */
  #memories: readonly ConnectionMemory[] = []
  #report: StopReport | undefined
  #isOver = false

  constructor(options: ManagedOptions, workerOptions: WorkerOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#lifeline = port1
    const workerData: ManagedData = { options, lifeline: port2 }
    const own = { name: 'rx-crochet', workerData, transferList: [port2] }
    this.#worker = new Worker(FILE, { ...argumentsForFile(), ...workerOptions, ...own })
    this.#worker.on('error', report)
    this.#worker.on('exit', () => this.#end())
    this.#worker.unref()
    process.on('exit', this.#onExit)
  }

  get isOver(): boolean {
    // While this thread is blocked there are no events. The one message is that it is about to end.
    const isEnding = receiveMessageOnPort(this.#lifeline) !== undefined
    if (!this.#isOver && (isEnding || !isAlive(this.#lifeline, undefined))) this.#end()
    return this.#isOver
  }

  get isStopping(): boolean {
    return this.#memories.some((memory) => memory.isClosing)
  }

  ask(hello: Hello): void {
    if (this.isOver) return hello.memory.orphan()
    this.#memories = [...this.#memories.filter(({ isDone }) => !isDone), hello.memory]
    this.#worker.postMessage(helloMessage(hello), [hello.port])
  }

  stop(options: Required<StopOptions>): StopReport {
    this.#report ??= this.#stop(options, Number.POSITIVE_INFINITY, options.drainTimeout)
    if (this.#report !== undefined) return this.#report
    throw new ReactorStopped(
      "The reactor's thread had ended before it could be stopped, or never came to that, and was terminated",
    )
  }

  /**
   * @param timeout - In ms; how long to wait for the report.
   * @param patience - In ms; how long the reactor may be busy with something else before its thread is terminated.
   */
  #stop(options: Partial<StopOptions>, timeout: number, patience: number): StopReport | undefined {
    if (this.isOver) return undefined
    const { port1, port2 } = new MessageChannel()
    const bell = Bell.allocate()
    this.#worker.postMessage(stopMessage({ options, port: port2, bell }), [port2])
    const start = performance.now()
    let hasBegun = false
    let received: { message: unknown } | undefined
    do {
      const waited = performance.now() - start
      if (waited > timeout || (!hasBegun && waited > patience)) break
      bell.sleep(Math.min(LOOK_FOR_LIFE, timeout - waited))
      received = receiveMessageOnPort(port1)
      if (received?.message !== HAS_BEGUN) continue
      hasBegun = true
      received = receiveMessageOnPort(port1)
    } while (received === undefined && isAlive(port1, undefined))
    port1.close()
    if (received === undefined) void this.#worker.terminate()
    this.#end()
    // There is no other message.
    return received?.message as StopReport | undefined
  }

  #end(): void {
    this.#isOver = true
    for (const memory of this.#memories) memory.orphan()
    this.#lifeline.close()
    process.off('exit', this.#onExit)
  }
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
