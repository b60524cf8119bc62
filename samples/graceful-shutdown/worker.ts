import { blocking, ReactorStopped } from 'rx-crochet/caller'
import { askAgain, type Reply } from './reply.js'
import type { Warehouse } from './warehouse.js'

const warehouse = blocking<Warehouse>('warehouse', { timeout: 30_000 })

/** The pool's task: two calls, one after the other. What was begun before the shutdown may make both, within its grace. */
export default function takeOrder(item: string): Reply {
  try {
    const shelf = warehouse.find(item) // this thread sleeps; the main loop doesn't
    const parcel = warehouse.pack(item)
    return { status: 200, body: `${parcel}, from shelf ${shelf}\n` }
  } catch (error) {
    if (!(error instanceof ReactorStopped)) throw error
    // The grace is over: an exception like any other, and the client still gets its answer. There are no calls any more.
    return askAgain('broken off\n')
  }
}
