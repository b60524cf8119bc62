// What the tests call `resetModules`, in Vitest.

import { vi } from 'vitest'

globalThis.resetModules = () => vi.resetModules()
