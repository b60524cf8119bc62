// What the tests call `resetModules`, in Jest's ES modules.

import { jest } from '@jest/globals'

globalThis.resetModules = () => jest.resetModules()
