import { URL } from 'node:url'
import { isList, isURL } from './realms.js'
import { shown } from './shown.js'

/** Of URLs with that scheme all. */
const SCHEME = /^[a-z][a-z\d+.-]*:$/

/**
 * The beginnings of URLs, complete: that of `https://example.org` is not that of `https://example.org.evil` too.
 *
 * @param list - URLs, what URLs begin with, or schemes.
 * @param option - How messages name it.
 * @param or - What else it may be, for a message.
 * @throws TypeError that names what is wrong.
 */
export function urlPrefixes(list: unknown, option: string, or = ''): string[] {
  if (!isList(list)) throw new TypeError(`${option} is \`${shown(list)}\`; it must be ${or}a list such as ${EXAMPLE}`)
  return Array.from(list, (entry) => prefixOf(entry, option))
}

const EXAMPLE = "`['file:', 'node:dns']`, of URLs, or of what they begin with"

function prefixOf(entry: unknown, option: string): string {
  if (isURL(entry)) return entry.href
  if (typeof entry === 'string' && SCHEME.test(entry)) return entry
  if (typeof entry === 'string' && URL.canParse(entry)) return new URL(entry).href
  throw new TypeError(`${option} has \`${shown(entry)}\`, which no URL begins with; give a list such as ${EXAMPLE}`)
}
