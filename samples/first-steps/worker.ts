import { blocking } from 'rx-crochet/caller'
import type { dns } from './dns.js'

const sync = blocking<typeof dns>('dns', { timeout: 5_000 })

export default function describe(host: string): string {
  const address: string = sync.addressOf(host) // this thread sleeps, the main loop goes on
  return `${host} is at ${address}`
}
