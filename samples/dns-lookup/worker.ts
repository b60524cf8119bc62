import { blocking } from 'rx-crochet/caller'
import type { dns } from './main.js'

const sync = blocking<typeof dns>('dns', { timeout: 5_000 })

export default function describe(host: string): string {
  const [address = 'no address'] = sync.lookup(host) // this thread sleeps; the main loop doesn't
  return `${address}, whose name is ${sync.reverse(address)}`
}
