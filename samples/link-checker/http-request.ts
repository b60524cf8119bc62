import { defer, finalize, from, map, type Observable } from 'rxjs'
import { type Dispatcher, request } from 'undici'

export interface Answer {
  readonly status: number
  readonly location: string | undefined
}

/** One HTTP request and the head of its answer. Unsubscribing ends the request; the body is never read. */
export function send(method: 'HEAD' | 'GET', url: URL, dispatcher: Dispatcher): Observable<Answer> {
  return defer(() => {
    const abort = new AbortController()
    const headers = { 'user-agent': 'rx-crochet-link-checker', accept: '*/*' }
    return from(request(url, { method, headers, dispatcher, signal: abort.signal })).pipe(
      map(({ statusCode, headers: { location } }) => ({
        status: statusCode,
        location: typeof location === 'string' ? location : undefined,
      })),
      finalize(() => abort.abort()),
    )
  })
}
