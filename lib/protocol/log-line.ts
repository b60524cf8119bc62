import { LINE_LEVELS, type LineLevel, type LogLine } from './logger.js'
import { decodeThrown, type EncodedThrown, encodeThrown, isEncodedThrown } from './thrown.js'
import { isListOf } from './validate-thrown.js'

/** Whatever the details are, a line must cross; so they do as thrown things do, which can't fail. */
export interface EncodedLine {
  readonly level: LineLevel
  readonly message: string
  readonly details: readonly (readonly [key: string, value: EncodedThrown])[]
}

export function encodeLine({ level, message, details }: LogLine): EncodedLine {
  return { level, message, details: Object.entries(details).map(([key, value]) => [key, encodeThrown(value)]) }
}

export function decodeLine({ level, message, details }: EncodedLine): LogLine {
  return { level, message, details: Object.fromEntries(details.map(([key, value]) => [key, decodeThrown(value)])) }
}

export function isEncodedLine(line: unknown): line is EncodedLine {
  if (typeof line !== 'object' || line === null || !('message' in line) || typeof line.message !== 'string')
    return false
  if (!('details' in line) || !('level' in line)) return false
  const isDetail = (detail: unknown): boolean =>
    Array.isArray(detail) && typeof detail[0] === 'string' && isEncodedThrown(detail[1])
  return LINE_LEVELS.some((level) => level === line.level) && isListOf(line.details, isDetail)
}
