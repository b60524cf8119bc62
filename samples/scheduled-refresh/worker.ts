import { blocking } from 'rx-crochet/caller'
import type { ExchangeRate } from './exchange-rate.js'

const rate = blocking<ExchangeRate>('rate', { timeout: 5_000 })

/** The pool's task: a template, as synchronous as templates are. */
export default function render(): string {
  return `<p>A euro is ${rate.latest()} dollars.</p>\n`
}
