import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../spec/bench/python-crochet.py', import.meta.url))
/** Debian's package is for Debian's own Python, which need not be the first. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** Python's Crochet, in a process of its own that lasts for a whole run, so that ours and its figures can take turns. */
export class PythonCrochet implements Disposable {
  readonly #process
  readonly #answers

  /** @returns `undefined` where it isn't installed. */
  static start(): PythonCrochet | undefined {
    const python = PYTHONS.find((one) => spawnSync(one, ['-c', 'import crochet']).status === 0)
    return python === undefined ? undefined : new PythonCrochet(python)
  }

  private constructor(python: string) {
    this.#process = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]()
  }

  /** How long each blocking call took, in µs, of as many as were made in that many ms. */
  async blockingCalls(ms: number): Promise<Float64Array> {
    const took: number[] = JSON.parse(await this.#ask(`blocking_calls ${ms}`))
    return Float64Array.from(took)
  }

  /** How long one call took, in µs, where that many are sent before the first is read. */
  async pipelinedCalls(calls: number): Promise<number> {
    return Number(await this.#ask(`pipelined_calls ${calls}`))
  }

  /** It ends when nothing more can be asked. */
  [Symbol.dispose](): void {
    this.#process.stdin.end()
  }

  /** @throws Error if the program has ended. */
  async #ask(question: string): Promise<string> {
    this.#process.stdin.write(`${question}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`python-crochet.py has ended with ${this.#process.exitCode ?? this.#process.signalCode}`)
    return value
  }
}
