import { ReactorStopped } from '../errors.js'
import { withoutOurFrames } from '../protocol/frames.js'
import { optionsOf } from '../protocol/options.js'
import { shown } from '../protocol/shown.js'
import { milliseconds } from '../protocol/stop.js'
import type { Log } from './log.js'
import { PHASES, type ShutdownPhase, Trigger } from './trigger.js'

/** How a function runs that was given to `onShutdown()`. */
export interface TriggerOptions {
  /** How long, in ms, the shutdown waits for the trigger. At least 0; `Infinity` for no bound; default 5,000. */
  timeout?: number
}

const DEFAULT_TIMEOUT = 5_000

/** What the application wants done at the shutdown. */
export class ShutdownTriggers {
  readonly #waiting: Record<ShutdownPhase, Trigger[]> = { before: [], during: [], after: [] }
  readonly #over = new Set<ShutdownPhase>()
  readonly #owner: object
  readonly #log: Log

  /** @param owner - The reactor, as its calls name it. */
  constructor(owner: object, log: Log) {
    this.#owner = owner
    this.#log = log
  }

  /**
   * @returns Takes the trigger away again.
   * @throws TypeError or RangeError if an argument is wrong; ReactorStopped if that phase is over.
   */
  add(phase: ShutdownPhase, fn: () => unknown, options: TriggerOptions): () => void {
    if (!PHASES.includes(phase)) {
      throw new TypeError(
        `onShutdown() takes a phase first, one of ${PHASES.join(', ')}; it was given \`${shown(phase)}\``,
      )
    }
    if (typeof fn !== 'function') {
      throw new TypeError(`onShutdown('${phase}', …) takes a function; it was given \`${shown(fn)}\``)
    }
    if (this.#over.has(phase)) {
      throw new ReactorStopped(
        `onShutdown('${phase}', …) came when the triggers of that phase had run; register it before stop(), or for a later phase`,
      )
    }
    const { timeout = DEFAULT_TIMEOUT } = optionsOf(options, 'onShutdown()')
    const ms = milliseconds('timeout of onShutdown()', timeout)
    const trigger = new Trigger(this.#owner, phase, fn, ms, siteOfRegistration())
    const waiting = this.#waiting[phase]
    waiting.push(trigger)
    return () => {
      const at = waiting.indexOf(trigger)
      if (at >= 0) waiting.splice(at, 1)
    }
  }

  has(phase: ShutdownPhase): boolean {
    return this.#waiting[phase].length > 0
  }

  /** Runs those of a phase one by one, the last registered first. One that fails is logged, and the next has its turn. */
  async run(phase: ShutdownPhase): Promise<void> {
    const waiting = this.#waiting[phase]
    for (let trigger = waiting.pop(); trigger !== undefined; trigger = waiting.pop()) {
      const { name } = trigger
      const teardownFailed = (error: unknown): void =>
        this.#log.warn(`A teardown of a shutdown trigger threw: ${name}`, { err: error })
      await trigger.run(teardownFailed).catch((error) => {
        this.#log.warn(`A shutdown trigger failed, and is skipped: ${name}`, { err: error })
      })
    }
    this.skip(phase)
  }

  /** That phase is over; nothing that is registered for it from now on would run. */
  skip(phase: ShutdownPhase): void {
    this.#over.add(phase)
  }
}

/** The application's frame, as a trigger's name may have no meaning; nothing, if stacks don't tell. */
function siteOfRegistration(): string {
  const { stack } = new Error()
  const frame = typeof stack === 'string' ? /^ +at (.*)/m.exec(withoutOurFrames(stack))?.[1] : undefined
  return frame === undefined ? '' : `, registered at ${/\((.*)\)$/.exec(frame)?.[1] ?? frame}`
}
