/** What is known of one link in the end. `skipped`: nothing this program can check, such as `mailto:`. */
export type Verdict = { readonly is: 'good' } | { readonly is: 'skipped' } | Broken

export interface Broken {
  readonly is: 'broken'
  readonly reason: string
}

export const good: Verdict = { is: 'good' }
export const skipped: Verdict = { is: 'skipped' }
export const broken = (reason: string): Broken => ({ is: 'broken', reason })
