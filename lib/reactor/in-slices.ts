import * as clock from '../protocol/clock.js'
import { TIME_SLICE } from './main-loop-scheduler.js'

/**
 * Takes all steps of a long piece of work, and gives the loop back after each time slice. The first slice is now: work
 * that fits into it is done when this returns its promise.
 *
 * @returns What the steps return in the end.
 */
export async function inSlices<T>(steps: Iterator<void, T>): Promise<T> {
  let end = clock.now() + TIME_SLICE
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (clock.now() < end) continue
    await clock.nextTurn()
    end = clock.now() + TIME_SLICE
  }
}
