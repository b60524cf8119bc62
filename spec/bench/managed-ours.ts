import { blocking, setup } from 'rx-crochet/caller'

setup()

export const { echo } = blocking<typeof import('./managed-module.js')>(
  new URL('./managed-module.js', import.meta.url),
  { timeout: 60_000 },
)

/** By `move()`, which it leaves to the caller for the way there. */
export const { giveBack } = blocking<typeof import('./managed-moving-module.js')>(
  new URL('./managed-moving-module.js', import.meta.url),
  { timeout: 60_000 },
)
