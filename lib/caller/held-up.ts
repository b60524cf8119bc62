/** As Node calls what a thread has that listens for connections. */
const SERVER = 'TCPServerWrap'

/**
 * What may hold up a call that this thread has waited for, for a message: if this thread is a server itself, and the function
 * asks that, each waits for the other. Nothing, if it is none.
 */
export function whatThisThreadHoldsUp(): string {
  return process.getActiveResourcesInfo().includes(SERVER)
    ? '; this thread has a server, which answers nobody while the thread waits: if the function asks that one, they wait for each other, ' +
        'so `await` `asPromise()` of an `eventual` function here, or have the server in another thread or process'
    : ''
}
