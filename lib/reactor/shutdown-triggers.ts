import { ReactorStopped, TimeoutError } from '../errors.js'
import { milliseconds } from '../protocol/stop.js'
import { asObservable } from './first-emission.js'
import type { Log } from './log.js'
import { endsWithin } from './within.js'

/** In the order in which `stop()` comes to them. */
const PHASES = ['before', 'during', 'after'] as const
/**
 * When a shutdown trigger runs: `before` calls are interrupted, while new ones fail already; `during` the shutdown, when
 * no call is unfinished and the pools are still to drain; `after` all else.
 */
export type ShutdownPhase = (typeof PHASES)[number]

/** How a function runs that was given to `onShutdown()`. */
export interface TriggerOptions {
  /** How long, in ms, the shutdown waits for the trigger. At least 0; `Infinity` for no bound; default 5,000. */
  timeout?: number
}

interface Trigger {
  readonly fn: () => unknown
  readonly timeout: number
}

const DEFAULT_TIMEOUT = 5_000

/** What the application wants done at the shutdown. */
export class ShutdownTriggers {
  readonly #waiting: Record<ShutdownPhase, Trigger[]> = { before: [], during: [], after: [] }
  readonly #over = new Set<ShutdownPhase>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * @returns Takes the trigger away again.
   * @throws TypeError or RangeError if an argument is wrong; ReactorStopped if that phase is over.
   */
  add(phase: ShutdownPhase, fn: () => unknown, { timeout = DEFAULT_TIMEOUT }: TriggerOptions): () => void {
    if (!PHASES.includes(phase)) {
      throw new TypeError(
        `onShutdown() takes a phase first, one of ${PHASES.join(', ')}; it was given \`${String(phase)}\``,
      )
    }
    if (typeof fn !== 'function') {
      throw new TypeError(`onShutdown('${phase}', …) takes a function; it was given \`${String(fn)}\``)
    }
    if (this.#over.has(phase)) {
      throw new ReactorStopped(`onShutdown('${phase}', …) came when the triggers of that phase had run`)
    }
    const trigger = { fn, timeout: milliseconds('timeout of onShutdown()', timeout) }
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
      await done(trigger).catch((error) => {
        const which = `onShutdown('${phase}', ${trigger.fn.name || '…'})`
        this.#log.warn(`A shutdown trigger failed, and is skipped: ${which}`, { err: error })
      })
    }
    this.skip(phase)
  }

  /** That phase is over; nothing that is registered for it from now on would run. */
  skip(phase: ShutdownPhase): void {
    this.#over.add(phase)
  }
}

/** Resolves when what the trigger began is done; rejects if it fails, or takes too long. */
async function done({ fn, timeout }: Trigger): Promise<void> {
  const begun = asObservable(fn())
  if (begun === undefined || (await endsWithin(timeout, begun))) return
  throw new TimeoutError(`It was not done within ${timeout} ms; \`timeout\` of onShutdown() sets that bound`)
}
