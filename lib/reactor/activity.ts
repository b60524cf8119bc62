/**
 * Tells to which call or shutdown trigger the running code belongs. It goes by the asynchronous context, so it knows
 * behind an `await`, in a timer and in an RxJS operator too. Beware of Subjects: what they emit runs in the context of
 * whoever emits it.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'

/** What code runs for: a call, or a shutdown trigger. */
export interface Activity {
  readonly kind: 'call' | 'trigger'
  /** Its reactor: of two activities, the same object if they have the same reactor. */
  readonly owner: object
  readonly isUnfinished: boolean
  /** In which activity it was begun. */
  readonly outer: Activity | undefined
}

const context = new AsyncLocalStorage<Activity>()

/** Runs a function as a piece of the activity; what it begins and leaves behind belongs to that too. */
export function runWithin<T>(activity: Activity, piece: () => T): T {
  return context.run(activity, piece)
}

/** The innermost unfinished activity to which the running code belongs. */
export function currentActivity(): Activity | undefined {
  return unfinished(context.getStore())
}

/** That activity, or the nearest around it that is unfinished. */
export function unfinished(activity: Activity | undefined): Activity | undefined {
  let one = activity
  while (one !== undefined && !one.isUnfinished) one = one.outer
  return one
}

/** The unfinished ones of a reactor among an activity and those around it, from the innermost outwards. */
export function* activitiesOf(owner: object, innermost = currentActivity()): Generator<Activity, void> {
  for (let one = unfinished(innermost); one !== undefined; one = unfinished(one.outer)) {
    if (one.owner === owner) yield one
  }
}
