/** The pool's task: three calls of a few ms, one after the other, so that a shutdown comes between two of them. */
import { blocking } from 'rx-crochet/caller'
import type { desk } from './answer.js'

const sync = blocking<typeof desk>('desk', { timeout: 30_000 })

export default function answer(request: number): string {
  return [sync.step(request, 1), sync.step(request, 2), sync.step(request, 3)].join(' ')
}
