import { type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { unescape as unescapePercents } from 'node:querystring'
import type { Documents } from './documents.js'
import { isMarkdown } from './is-markdown.js'
import { reasonOf } from './reason.js'
import { broken, good, type Verdict } from './verdict.js'

/** Checks a link to a file beside the document at `from`, or to an anchor of a Markdown file. */
export function checkLocalLink(documents: Documents, from: string, target: string): Verdict {
  const { path = '', fragment = '' } = /^(?<path>[^?#]*)(?:\?[^#]*)?(?:#(?<fragment>.*))?$/s.exec(target)?.groups ?? {}
  // `unescape` leaves malformed escapes as they are, where `decodeURIComponent` throws.
  const file = path === '' ? from : resolve(dirname(from), unescapePercents(path))
  const anchor = unescapePercents(fragment).toLowerCase()

  const stats = statIfThere(file)
  if (!stats) return broken('no such file')
  // Browsers go to the top of any page for these two.
  if (anchor === '' || anchor === 'top') return good
  // What a fragment means in other files (a line of code, a page of a PDF) is up to what shows them.
  if (!stats.isFile() || !(file === from || isMarkdown(file))) return good
  try {
    return documents.open(file).anchors.has(anchor) ? good : broken('no such heading or anchor')
  } catch (error) {
    return broken(reasonOf(error))
  }
}

function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    // Besides a missing file: a name that is too long, has a zero byte, or goes on below something that is no folder.
    return undefined
  }
}
