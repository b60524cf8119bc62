import { cut } from './shown.js'

/** Which reactive function a call means. */
export type FunctionRef =
  /** A function of an object that was exposed under a name. */
  | { readonly in: 'service'; readonly of: string; readonly name: string }
  /** A function that a module exports; `of` is the module's URL. */
  | { readonly in: 'module'; readonly of: string; readonly name: string }
  /** A function that a module shared by both sides gave to `runInReactor` or `waitFor`; `of` is the module's URL. */
  | { readonly in: 'shared module'; readonly of: string; readonly name: string }

/** The function as messages name it: `dns.lookup`, or `dns.js#lookup` for a module's. */
export function describe(ref: FunctionRef): string {
  const name = cut(ref.name)
  return ref.in === 'service' ? `${cut(ref.of)}.${name}` : `${fileName(ref.of)}#${name}`
}

/** What has functions, for who looks at it: a name in quotes, or a module's file. */
export function describeOwner({ in: kind, of }: Pick<FunctionRef, 'in' | 'of'>): string {
  return kind === 'service' ? `'${cut(of)}'` : fileName(of)
}

export function isFunctionRef(value: unknown): value is FunctionRef {
  if (typeof value !== 'object' || value === null) return false
  const { in: kind, of, name } = value as Partial<Record<string, unknown>> // any object may be looked at like that
  const known = kind === 'service' || kind === 'module' || kind === 'shared module'
  return known && typeof of === 'string' && typeof name === 'string'
}

function fileName(url: string): string {
  const path = url.replace(/[?#].*$/, '')
  return cut(path.slice(path.lastIndexOf('/') + 1) || url)
}
