import { availableParallelism } from 'node:os'
import * as clock from '../protocol/clock.js'
import { Spin } from '../protocol/memory/spin.js'
import { Patience } from '../protocol/patience.js'
import { Turns } from './turns.js'

/** Where the messages of a thread come in. */
export interface Watched {
  /** Whether one has come. */
  readonly hasMore: boolean
  /** Whether calls that came are unfinished. */
  readonly hasUnfinished: boolean
  /** Whether its thread sleeps. */
  readonly isAsleep: boolean
  /** Whether its thread looks for an answer before it sleeps, if it may. */
  readonly isPatient: boolean
  /** Says whether the thread may look for an answer before it sleeps. */
  letSpin(spin: Spin): void
  /** Reads all that has come, and then is to be watched again. */
  wake(): void
  /** From now on it is told when one has come, and is to be watched again after that. */
  sleep(): void
}

/** In ms; whose messages come so seldom need not wait for a turn. */
const SELDOM = 1
/** In ms; who sends nothing for so long is watched no more, though the loop looks out for others. */
const LONGEST_WATCH = 4
/** In ms; how long a thread that may no longer look for its answer takes until it sleeps. */
const FALLING_ASLEEP = 0.1
/** In ms; how often to look at those that wait for a turn, while others have theirs. */
const LOOK_AROUND = 0.1

interface Watch {
  readonly since: number
  /** When the message came that waits for its turn. */
  arrived: number | undefined
}

/**
 * Looks out for the next message for a while after the last, once in each round of the loop: as long as the loop doesn't
 * sleep, nobody has to wake it. It doesn't wait: whatever else there is to do, the loop does.
 *
 * Threads that make one call after the other, and look for their answers, take a core each. When there are more of those
 * than cores, less the one for this loop, they have it in turns: the others' messages stay where they are, and their threads
 * sleep. For to wake a thread takes as long as many calls. Where that doesn't pay all sleep at once, see `Turns`.
 */
export class Vigil {
  readonly #now: () => number
  readonly #spinners: number
  readonly #patience = new Patience(2)
  /** Who is watched; those that have been for longest first. */
  readonly #watches = new Map<Watched, Watch>()
  /** Whose thread has its answers, and so may be about to call again; and since when, in ms of `clock.now()`. */
  readonly #awake = new Map<Watched, number>()
  readonly #turns: Turns<Watched>
  #isUnderWay = false
  /** When all that had come was read, in ms of `clock.now()`. */
  #since = 0
  /** When to look at those again that wait for a turn, in ms of `clock.now()`. */
  #lookAroundAt = 0

  /**
   * @param maySpin - If not, nobody is watched.
   * @param cores - How many there are.
   * @param now - The time, in ms.
   */
  constructor(maySpin: boolean, cores = availableParallelism(), now = clock.now) {
    this.#now = now
    this.#spinners = maySpin ? cores - 1 : 0
    this.#turns = new Turns(this.#spinners)
  }

  /** What threads may do that are not watched. */
  get spin(): Spin {
    return this.#spinners > 0 && !this.#isCrowded ? Spin.IF_IT_PAYS : Spin.NEVER
  }

  /** All that had come is read. */
  watch(watched: Watched): void {
    const now = this.#now()
    this.#since = now
    if (this.#spinners === 0) return this.#sleep(watched)
    if (watched.hasUnfinished) this.#leave(watched)
    else this.#awake.set(watched, now)
    if (this.#isCrowded) this.#forgetIdle(now)
    // Threads that sleep at once count too: where many call nobody finds an answer soon, and so all of them may.
    const isWorthIt = this.#isCrowded ? !this.#turns.isBreak(now) : this.#patience.ms > 0 && watched.isPatient
    if (!isWorthIt) return this.#sleep(watched)
    this.#watches.set(watched, { since: now, arrived: undefined })
    if (!this.#isCrowded) watched.letSpin(Spin.IF_IT_PAYS)
    if (this.#isUnderWay) return
    this.#isUnderWay = true
    clock.inNextTurn(this.#look)
  }

  /** A message has come. */
  came(): void {
    if (this.#isCrowded) return // and whoever waits for a turn says nothing of how long messages take to come
    const ms = this.#now() - this.#since
    if (this.#isUnderWay) this.#patience.found(ms)
    else this.#patience.slept(ms)
  }

  /** A message of its thread was read. */
  received(watched: Watched): void {
    this.#turns.count(watched)
  }

  /** It has ended. */
  forget(watched: Watched): void {
    this.#leave(watched)
    this.#watches.delete(watched)
  }

  readonly #look = (): void => {
    try {
      this.#lookOnce()
    } finally {
      // Also when what they were woken for threw: the error is the process's to report, but nobody else may be forgotten.
      this.#isUnderWay = this.#watches.size > 0
      if (this.#isUnderWay) clock.inNextTurn(this.#look)
    }
  }

  #lookOnce(): void {
    const now = this.#now()
    this.#turns.end(now)
    if (this.#isCrowded && this.#turns.isBreak(now)) return this.#takeBreak()
    if (this.#isCrowded && this.#turns.areTaken && now < this.#lookAroundAt) return this.#lookAtTurns()
    this.#lookAroundAt = now + LOOK_AROUND
    const isCoreFree = !this.#isCrowded || this.#sendToSleep(now)
    let isInVain = now - this.#since >= this.#patience.longest
    for (const [watched, watch] of [...this.#watches]) {
      if (watched.hasMore) {
        isInVain = false
        watch.arrived ??= now
        const hasTurn = !this.#isCrowded || isSeldom(watch) || this.#turns.has(watched)
        if (hasTurn || (isCoreFree && this.#takeTurn(watched, now))) this.#wake(watched)
      } else if (now - watch.since > LONGEST_WATCH) this.#letSleep(watched)
    }
    if (isInVain) this.#giveUp()
  }

  #lookAtTurns(): void {
    for (const watched of this.#turns.holders) if (this.#watches.has(watched) && watched.hasMore) this.#wake(watched)
  }

  get #isCrowded(): boolean {
    return this.#awake.size > this.#spinners
  }

  /**
   * Those that wait for their turn are to sleep. Returns whether they do: who is woken while no core is free is put on this
   * loop's, and waits there until it sleeps.
   */
  #sendToSleep(now: number): boolean {
    let areAsleep = true
    for (const [watched, watch] of this.#watches) {
      if (this.#turns.has(watched) || !watched.hasMore) continue
      watch.arrived ??= now
      watched.letSpin(Spin.NEVER)
      // Who waits for no turn may be awake: else, were there many of those, nobody else would ever have one.
      if (!isSeldom(watch) && !watched.isAsleep && now - watch.arrived < FALLING_ASLEEP) areAsleep = false
    }
    return areAsleep
  }

  #takeTurn(watched: Watched, now: number): boolean {
    if (!this.#turns.take(watched, now)) return false
    watched.letSpin(Spin.ALWAYS)
    return true
  }

  #wake(watched: Watched): void {
    this.came()
    this.#watches.delete(watched)
    watched.wake()
  }

  /** It wants no core for now, and so is in nobody's way. */
  #leave(watched: Watched): void {
    this.#awake.delete(watched)
    this.#turns.leave(watched)
  }

  #giveUp(): void {
    if (!this.#isCrowded) this.#patience.missed()
    for (const watched of [...this.#watches.keys()]) this.#letSleep(watched)
  }

  #letSleep(watched: Watched): void {
    this.forget(watched)
    this.#sleep(watched)
  }

  /** All sleep, and stay among those that call. */
  #takeBreak(): void {
    for (const watched of [...this.#watches.keys()]) {
      this.#watches.delete(watched)
      this.#sleep(watched)
    }
  }

  #sleep(watched: Watched): void {
    watched.letSpin(this.spin)
    watched.sleep()
  }

  /** Those that have called no more. */
  #forgetIdle(now: number): void {
    for (const [watched, since] of this.#awake) {
      if (!this.#watches.has(watched) && now - since > LONGEST_WATCH) this.#leave(watched)
    }
  }
}

/** Whether the message came so long after the last that it need not wait for a turn. */
function isSeldom({ since, arrived = since }: Watch): boolean {
  return arrived - since > SELDOM
}
