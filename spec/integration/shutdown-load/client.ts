/** A client that keeps its connection alive, and asks again and again until nobody listens any more. */
import { Client, type Dispatcher } from 'undici'

/** A request, and what its client got for it. */
export interface Exchange {
  readonly request: number
  /** How often its bytes were written to a connection. */
  readonly sent: number
  readonly got: Got
}

/** An answer that is complete; or why there is none, by the code of the error. */
export type Got = { readonly status: number; readonly body: string } | { readonly error: string }

/**
 * @param next - Gives the number of the next request.
 * @param told - Called after each.
 */
export async function askUntilRefused(
  origin: string,
  next: () => number,
  told: (exchange: Exchange) => void,
): Promise<void> {
  // One connection at a time, and on it one request. After an answer with `Connection: close`, and when the server has closed an
  // idle connection, the next request makes a new connection. What was written to one is never sent again by itself.
  const connection = new Client(origin, { pipelining: 1 })
  for (let isRefused = false; !isRefused; ) {
    const exchange = await ask(connection, next())
    told(exchange)
    isRefused = 'error' in exchange.got && exchange.got.error === 'ECONNREFUSED'
  }
  await connection.close()
}

function ask(connection: Client, request: number): Promise<Exchange> {
  return new Promise((resolve) => {
    let sent = 0
    let status = 0
    let body = ''
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {
        sent += 1
      },
      onResponseStart: (_, statusCode) => {
        status = statusCode
      },
      onResponseData: (_, chunk) => {
        body += chunk.toString()
      },
      onResponseEnd: () => resolve({ request, sent, got: { status, body } }),
      onResponseError: (_, error) => resolve({ request, sent, got: { error: codeOf(error) } }),
    }
    connection.dispatch({ method: 'GET', path: `/${request}` }, handler)
  })
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message
}
