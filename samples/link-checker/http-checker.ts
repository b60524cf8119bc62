import { STATUS_CODES } from 'node:http'
import {
  AsyncSubject,
  catchError,
  concatMap,
  map,
  type Observable,
  of,
  retry,
  share,
  throwError,
  timeout,
  timer,
} from 'rxjs'
import type { Dispatcher } from 'undici'
import { limitPerHost } from './host-limit.js'
import { type Answer, send } from './http-request.js'
import { reasonOf } from './reason.js'
import { broken, good, type Verdict } from './verdict.js'

export interface HttpCheckerOptions {
  readonly dispatcher: Dispatcher
  /** For one request, in milliseconds. */
  readonly timeout: number
  readonly requestsPerHost?: number
  readonly retries?: number
  /** Before the first retry, in milliseconds; doubled before each further one. */
  readonly backoff?: number
  readonly maxRedirects?: number
}

/** What the pool's threads call. */
export interface HttpChecker {
  check(url: string): Observable<Verdict>
}

/** An answer that may be another one in a moment. */
class TransientFailure extends Error {}

const transientCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])
const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504])
const statusesThatRefuseHead = new Set([403, 405, 501])

type Visit = Verdict | { readonly is: 'moved'; readonly to: string }

export function httpChecker(options: HttpCheckerOptions): HttpChecker {
  const { dispatcher, timeout: limit, requestsPerHost = 4, retries = 2, backoff = 200, maxRedirects = 10 } = options
  const limited = limitPerHost(requestsPerHost)
  const visits = new Map<string, Observable<Visit>>()

  const request = (method: 'HEAD' | 'GET', url: URL): Observable<Answer> => {
    const tooLate = () => throwError(() => new TransientFailure(`no answer within ${limit} ms`))
    // The time in the host's queue does not count.
    return limited(url.host, send(method, url, dispatcher).pipe(timeout({ first: limit, with: tooLate })))
  }

  const visitOnce = (url: URL): Observable<Visit> =>
    request('HEAD', url).pipe(
      concatMap((answer) => (statusesThatRefuseHead.has(answer.status) ? request('GET', url) : of(answer))),
      map(judge),
      retry({
        count: retries,
        delay: (error, attempt) => (isTransient(error) ? timer(backoff * 2 ** (attempt - 1)) : throwError(() => error)),
      }),
      catchError((error) => of(broken(reasonOf(error)))),
      // One visit however many threads ask, kept for those who ask later. If all leave before it ends, as at shutdown,
      // it is called off. That is why it must not be a ReplaySubject: a call leaves as soon as it has its first emission,
      // which would be before the visit is complete. An AsyncSubject emits when it is.
      share({ connector: () => new AsyncSubject(), resetOnComplete: false }),
    )

  const visit = (url: URL): Observable<Visit> => {
    const known = visits.get(url.href)
    if (known) return known
    const fresh = visitOnce(url)
    visits.set(url.href, fresh)
    return fresh
  }

  const follow = (url: URL, passed: readonly string[]): Observable<Verdict> =>
    visit(url).pipe(
      concatMap((result) => {
        if (result.is !== 'moved') return of(result)
        const path = [...passed, url.href]
        const next = withoutFragment(result.to, url.href)
        if (!next) return of(broken(`redirects to \`${result.to}\``))
        if (path.includes(next.href)) return of(broken('redirects in a circle'))
        if (path.length > maxRedirects) return of(broken(`redirects more than ${maxRedirects} times`))
        return follow(next, path)
      }),
    )

  return {
    check(url) {
      const start = withoutFragment(url)
      return start ? follow(start, []) : of(broken('not a valid URL'))
    },
  }
}

function judge({ status, location }: Answer): Visit {
  const line = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  if (transientStatuses.has(status)) throw new TransientFailure(line)
  if (status >= 400) return broken(line)
  return status >= 300 && location !== undefined ? { is: 'moved', to: location } : good
}

function isTransient(error: unknown): boolean {
  if (error instanceof TransientFailure) return true
  return error instanceof Error && 'code' in error && transientCodes.has(String(error.code))
}

function withoutFragment(address: string, base?: string): URL | undefined {
  if (!URL.canParse(address, base)) return undefined
  const url = new URL(address, base)
  url.hash = ''
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}
