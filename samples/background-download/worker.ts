import { type EventualResult, eventual, ResultNotFoundError, retrieveResult } from 'rx-crochet/caller'
import type { downloads } from './downloads.js'

export interface Visit {
  readonly source: string
  /** Of the download that this session has begun. */
  readonly uid: string | null | undefined
}

export interface Page {
  readonly text: string
  /** Of the download that this session has then. */
  readonly uid?: string
}

const background = eventual<typeof downloads>('downloads')

/** The pool's task: what a visitor is shown. */
export default function show({ source, uid }: Visit): Page {
  const download = uid ? retrieve(uid) : undefined
  if (!download) return { text: 'The download has begun; reload this page.', uid: background.get(source).stash() }
  try {
    return { text: `The download: ${download.wait(100)}` }
  } catch {
    const failure = download.originalFailure()
    if (failure) return { text: `The download failed: ${failure.getErrorMessage()}` }
    return { text: 'Still downloading; reload this page.', uid: download.stash() }
  }
}

/** Nothing, if another visit of the session has it: each result is given back once. */
function retrieve(uid: string): EventualResult<string> | undefined {
  try {
    return retrieveResult<string>(uid)
  } catch (error) {
    if (error instanceof ResultNotFoundError) return undefined
    throw error
  }
}
