/** Imported by both sides, so that the error keeps its class on its way. */
import { registerError } from 'rx-crochet/caller'

export class QuotaError extends Error {
  override readonly name = 'QuotaError'
  readonly limit: number

  constructor(limit: number) {
    super(`no more than ${limit} rows`)
    this.limit = limit
  }
}
registerError(QuotaError)
