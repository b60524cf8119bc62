import { setMaxListeners } from 'node:events'
import { Agent, type Dispatcher } from 'undici'

export interface HttpAgent extends AsyncDisposable {
  readonly dispatcher: Dispatcher
}

/** undici's agent, which leaves no connection behind when it is disposed of. */
export function httpAgent(connectTimeout: number, interceptor?: Dispatcher.DispatcherComposeInterceptor): HttpAgent {
  const disposed = new AbortController()
  // Every connection listens to it.
  setMaxListeners(0, disposed.signal)
  const agent = new Agent({ connect: { timeout: connectTimeout, signal: disposed.signal } })

  return {
    dispatcher: interceptor ? agent.compose(interceptor) : agent,
    async [Symbol.asyncDispose]() {
      await agent.destroy()
      // `destroy` forgets the connections that are not made yet; they would keep the process until they time out.
      disposed.abort()
    },
  }
}
