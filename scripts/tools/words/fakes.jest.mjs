// As fakes.jest.cjs, in a test of ES modules, which has to import `jest`.

import { jest } from '@jest/globals'

beforeEach(() => {
  jest.useFakeTimers()
  jest.setSystemTime(new Date('2001-01-01T12:00:00Z'))
})

afterEach(() => jest.useRealTimers())
