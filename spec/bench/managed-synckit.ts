import { createSyncFn } from 'synckit'

export const echo = createSyncFn<(value: unknown) => Promise<unknown>>(
  new URL('./managed-synckit-worker.js', import.meta.url),
)
