import { blocking } from 'rx-crochet/caller'
import type { dns } from './main.js'

const sync = blocking<typeof dns>('dns', { timeout: 5_000 })

export default function addressOf(host: string): string {
  return sync.lookup(host).address // this thread sleeps; the main loop doesn't
}
