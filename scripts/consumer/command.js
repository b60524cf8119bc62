// A plain synchronous program, for check-package: prints what it got from a module in the reactor's thread, or why not.

import { blocking, setup } from 'rx-crochet/caller'

try {
  setup()
  const math = blocking(new URL('./math.js', import.meta.url), { timeout: 5_000 })
  console.log(math.double(21))
} catch (error) {
  console.log(String(error))
}
