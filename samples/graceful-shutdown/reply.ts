/** How a request is answered; it crosses from the pool's threads to the main loop. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** For whom the shutdown cuts off: another instance, or this one's successor, will do better. */
export function askAgain(body: string): Reply {
  return { status: 503, headers: { 'retry-after': '5' }, body }
}
