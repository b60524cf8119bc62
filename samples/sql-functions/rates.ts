/** Runs in the reactor's thread, which keeps the rates from one call to the next. */
import { type Observable, retry, shareReplay, throwError, timeout, timer } from 'rxjs'
import { fromFetch } from 'rxjs/fetch'

const known = new Map<string, Observable<number>>()

/** What a euro costs. The server is asked once, however often this is called; but a failure isn't kept. */
export function fetchRate(origin: string, currency: string): Observable<number> {
  const url = `${origin}/${encodeURIComponent(currency)}`
  const rate = known.get(url) ?? request(url).pipe(shareReplay(1))
  known.set(url, rate)
  return rate
}

function request(url: string): Observable<number> {
  return fromFetch(url, { selector: read }).pipe(
    retry({ count: 2, delay: (error) => (mayPass(error) ? timer(50) : throwError(() => error)) }),
    timeout(1_500), // also ends the request
  )
}

async function read(response: Response): Promise<number> {
  if (!response.ok) throw new RateError(response)
  return Number(await response.text())
}

function mayPass(error: unknown): boolean {
  return !(error instanceof RateError) || error.status >= 500
}

class RateError extends Error {
  override readonly name = 'RateError'
  readonly status: number

  constructor({ status, statusText, url }: Response) {
    super(`${status} ${statusText}: ${new URL(url).pathname}`)
    this.status = status
  }
}
