import { blocking } from 'rx-crochet/caller'
import type { approval } from './deployment.js'

const sync = blocking<typeof approval>('approval', { timeout: Infinity })

/** The pool's task: a script that goes step by step, and here can't go on until somebody has agreed. */
export default function deploy(version: string): string {
  return `deployed ${version}, as ${sync.next()} has approved`
}
