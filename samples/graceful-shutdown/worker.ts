import { blocking, ReactorStopped } from 'rx-crochet/caller'
import { askAgain, type Reply } from './reply.js'
import type { Warehouse } from './warehouse.js'

const warehouse = blocking<Warehouse>('warehouse', { timeout: 30_000 })

/** The pool's task. It blocks; so a thread can't be told of the shutdown but by the call that it sleeps in. */
export default function takeOrder(item: string): Reply {
  try {
    const shelf = warehouse.find(item) // this thread sleeps; the main loop doesn't
    return { status: 200, body: `on shelf ${shelf}\n` }
  } catch (error) {
    if (!(error instanceof ReactorStopped)) throw error
    // An exception like any other: here is the time to undo what was begun, and the client still gets its answer.
    return askAgain('broken off\n')
  }
}
