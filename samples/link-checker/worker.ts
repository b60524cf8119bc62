import { blocking, ReactorStopped } from 'rx-crochet/caller'
import { Documents } from './documents.js'
import type { HttpChecker } from './http-checker.js'
import { checkLocalLink } from './local-link.js'
import type { Link } from './markdown.js'
import { reasonOf } from './reason.js'
import { skipped, type Verdict } from './verdict.js'

export interface DocumentTask {
  /** As the user sees it. */
  readonly file: string
  readonly path: string
  readonly offline: boolean
}

export interface BrokenLink extends Link {
  readonly file: string
  readonly reason: string
}

export interface DocumentReport {
  readonly file: string
  readonly links: number
  readonly skipped: number
  /** Links that were left when the program was interrupted. */
  readonly unchecked: number
  readonly broken: readonly BrokenLink[]
  /** Why the file could not be read. */
  readonly problem?: string
}

// Each request has its own timeout. How long a link waits for its turn depends on how many links its host has.
const http = blocking<HttpChecker>('http', { timeout: Infinity })
const documents = new Documents()

/** The pool's task: checks the links of one document, sleeping in `http.check` while the main loop makes requests. */
export default function checkDocument(task: DocumentTask): DocumentReport {
  const { file, path } = task
  const broken: BrokenLink[] = []
  const report = { file, links: 0, skipped: 0, unchecked: 0, broken }
  let links: readonly Link[]
  try {
    links = documents.open(path).links
  } catch (error) {
    return { ...report, problem: reasonOf(error) }
  }
  report.links = links.length
  for (const [index, link] of links.entries()) {
    try {
      const verdict = check(task, link.target)
      if (verdict.is === 'broken') broken.push({ file, ...link, reason: verdict.reason })
      if (verdict.is === 'skipped') report.skipped++
    } catch (error) {
      if (!(error instanceof ReactorStopped)) throw error
      report.unchecked = links.length - index
      break
    }
  }
  return report
}

function check({ path, offline }: DocumentTask, target: string): Verdict {
  const url = target.startsWith('//') ? `https:${target}` : target
  if (/^https?:/i.test(url)) return offline ? skipped : http.check(url)
  if (/^(?:[a-z][a-z\d+.-]*:|\/)/i.test(url)) return skipped
  return checkLocalLink(documents, path, url)
}
