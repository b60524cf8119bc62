import * as clock from '../protocol/clock.js'
import { LONGEST_TIMER } from '../protocol/longest-timer.js'
import { from, type ObservableInput } from './rxjs.js'

/**
 * Waits for the end of what is under way, and unsubscribes it if that doesn't come in time.
 *
 * @param ms - At least 0; what ends synchronously is always in time.
 * @returns Whether it ended in time. Rejects with what it failed with, be it in its teardown.
 */
export function endsWithin(ms: number, underWay: ObservableInput<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const subscription = from(underWay).subscribe({ complete: () => resolve(true), error: reject })
    if (ms > LONGEST_TIMER) return
    const stopTimer = clock.after(ms, () => {
      try {
        subscription.unsubscribe()
        resolve(false)
      } catch (error) {
        reject(error) // or the exception would be nobody's, and end the process
      }
    })
    subscription.add(() => stopTimer())
  })
}
