import { blocking } from 'rx-crochet/caller'
import type { Stock } from './stock.js'

const stock = blocking<Stock>('stock', { timeout: 30_000 })

/** The pool's task: blocking code that packs, and sleeps while there is nothing to pack. */
export default function pack(customer: string): string {
  return `${customer}: lamp no. ${stock.take()}, packed`
}
