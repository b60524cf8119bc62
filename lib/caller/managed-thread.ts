import { existsSync } from 'node:fs'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, type WorkerOptions } from 'node:worker_threads'
import { ReactorStopped } from '../errors.js'
import { isAlive } from '../protocol/alive.js'
import { type Hello, helloMessage } from '../protocol/hello.js'
import { type ManagedData, type ManagedOptions, stopMessage } from '../protocol/managed.js'
import { Bell } from '../protocol/memory.js'
import type { StopOptions, StopReport } from '../protocol/stop.js'
import type { Managed } from '../protocol/thread.js'

const FILE = new URL('../reactor/managed-thread.js', import.meta.url)

/** Not in an application that was bundled into one file. */
export function canStart(): boolean {
  return existsSync(FILE)
}

/** In ms; how long the end of this thread waits for that of the reactor. */
const LONGEST_END = 2_000
/** In ms; how often to look whether the reactor's thread is still there. */
const LOOK_FOR_LIFE = 250

/** The thread of a reactor that this thread manages; it lives no longer than this one, and doesn't keep it alive. */
export class ManagedThread implements Managed {
  readonly mayDie = true
  readonly #worker: Worker
  readonly #onExit = (): void => void this.#stop({}, LONGEST_END)
  readonly #lifeline: MessagePort
  #report: StopReport | undefined
  #isOver = false

  constructor(options: ManagedOptions, workerOptions: WorkerOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#lifeline = port1
    const workerData: ManagedData = { options, lifeline: port2 }
    this.#worker = new Worker(FILE, { ...workerOptions, name: 'rx-crochet', workerData, transferList: [port2] })
    // It has written to the log itself why it ended, when it did; and calls that are made say that it has.
    this.#worker.on('error', () => undefined)
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

  ask(hello: Hello): void {
    if (this.isOver) hello.memory.orphan()
    else this.#worker.postMessage(helloMessage(hello), [hello.port])
  }

  stop(options: StopOptions): StopReport {
    this.#report ??= this.#stop(options, Number.POSITIVE_INFINITY)
    if (this.#report !== undefined) return this.#report
    throw new ReactorStopped("The reactor's thread had ended before it could be stopped; the log says why, if it knew")
  }

  #stop(options: StopOptions, timeout: number): StopReport | undefined {
    if (this.isOver) return undefined
    const { port1, port2 } = new MessageChannel()
    const bell = Bell.allocate()
    this.#worker.postMessage(stopMessage({ options, port: port2, bell }), [port2])
    const end = performance.now() + timeout
    let report: { message: StopReport } | undefined
    do {
      bell.sleep(Math.min(LOOK_FOR_LIFE, end - performance.now()))
      report = receiveMessageOnPort(port1)
    } while (report === undefined && performance.now() < end && isAlive(port1, undefined))
    port1.close()
    this.#end()
    return report?.message
  }

  #end(): void {
    this.#isOver = true
    this.#lifeline.close()
    process.off('exit', this.#onExit)
  }
}
