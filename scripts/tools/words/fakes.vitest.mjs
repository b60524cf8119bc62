// Has Vitest fake all clocks and timers during each test, and set the time; `nextTick` it refuses to fake in a child process.

import { vi } from 'vitest'

const toFake = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['Date', 'performance', 'hrtime', 'queueMicrotask'],
]

beforeEach(() => {
  vi.useFakeTimers({ toFake })
  vi.setSystemTime(new Date('2001-01-01T12:00:00Z'))
})

afterEach(() => {
  vi.useRealTimers()
})
