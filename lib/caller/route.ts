import { parentPort } from 'node:worker_threads'
import { type Hello, helloMessage } from '../protocol/hello.js'
import { type Route, thisThread } from '../protocol/thread.js'

/** To whichever reactor has attached this thread. */
export const TO_PARENT: Route = {
  mayDie: false, // or this thread would die too
  ask: (hello: Hello) => parentPort?.postMessage(helloMessage(hello), [hello.port]),
}

/** How this thread asks for a reactor; `undefined` in a main thread that has none. */
export function route(): Route | undefined {
  return thisThread.managed ?? (parentPort === null ? undefined : TO_PARENT)
}

/**
 * Whether this thread's calls are those of its own reactors. When they have all stopped it may call another one, as any thread;
 * where there is none its calls are told that its own has stopped.
 */
export function isServedHere(): boolean {
  return thisThread.isReactorThread || (thisThread.hasHadReactor && route() === undefined)
}
