import { LINE_LEVELS, type LineLevel, type LogLine } from './logger.js'
import { decodeThrown, type EncodedThrown, encodeThrown, isEncodedThrown } from './thrown.js'
import { isListOf } from './validate-thrown.js'

/** Whatever the details are, a line must cross; so they do as thrown things do, which can't fail. */
export interface EncodedLine {
  readonly level: LineLevel
  readonly message: string
  readonly details: readonly (readonly [key: string, value: EncodedThrown])[]
  readonly isPrinted: boolean
}

export function encodeLine({ level, message, details, isPrinted = false }: LogLine): EncodedLine {
  const encoded = Object.entries(details).map(([key, value]) => [key, encodeThrown(value)] as const)
  return { level, message, details: encoded, isPrinted }
}

export function decodeLine({ level, message, details, isPrinted }: EncodedLine): LogLine {
  const decoded = Object.fromEntries(details.map(([key, value]) => [key, decodeThrown(value)]))
  return { level, message, details: decoded, isPrinted }
}

export function isEncodedLine(line: unknown): line is EncodedLine {
  if (typeof line !== 'object' || line === null || !('message' in line) || typeof line.message !== 'string')
    return false
  if (!('details' in line) || !('level' in line) || !('isPrinted' in line)) return false
  if (typeof line.isPrinted !== 'boolean') return false
  const isDetail = (detail: unknown): boolean =>
    Array.isArray(detail) && typeof detail[0] === 'string' && isEncodedThrown(detail[1])
  return LINE_LEVELS.some((level) => level === line.level) && isListOf(line.details, isDetail)
}
