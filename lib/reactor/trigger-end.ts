import type { Server } from 'node:net'
import { asObservable } from './first-emission.js'
import { Observable } from './rxjs.js'

/**
 * What a shutdown trigger has begun, by what it returned: an Observable, a promise, or a server that closes; of the former two, also
 * the server that they give. `undefined` if there is nothing to wait for.
 *
 * @param teardownFailed - Called when what was begun throws as it is left.
 */
export function begunBy(returned: unknown, teardownFailed: (error: unknown) => void): Observable<unknown> | undefined {
  if (isServer(returned)) return closeOf(returned)
  const begun = asObservable(returned, teardownFailed)
  return begun && withServersOf(begun)
}

/** By its methods: servers of HTTP, HTTPS, HTTP/2 and TLS are such, and those of other realms. */
function isServer(value: unknown): value is Server {
  const { close, once, getConnections }: Partial<Server> = Object(value)
  return [close, once, getConnections].every((it) => typeof it === 'function')
}

/** Completes when that has, and the servers that it emits have closed. */
function withServersOf(begun: Observable<unknown>): Observable<never> {
  return new Observable((subscriber) => {
    let underWay = 1
    const complete = (): void => {
      underWay -= 1
      if (underWay === 0) subscriber.complete()
    }
    const next = (value: unknown): void => {
      if (!isServer(value)) return
      underWay += 1
      subscriber.add(closeOf(value).subscribe({ complete }))
    }
    subscriber.add(begun.subscribe({ next, complete, error: (thrown) => subscriber.error(thrown) }))
  })
}

/** Completes when the server has closed: it listens no more, and all its connections have ended. */
function closeOf(server: Server): Observable<never> {
  return new Observable((subscriber) => {
    const closed = (): void => subscriber.complete()
    server.once('close', closed)
    subscriber.add(() => server.off('close', closed))
    // One that had closed before tells so no more.
    server.getConnections((_, connections) => {
      if (!server.listening && connections === 0) closed()
    })
  })
}
