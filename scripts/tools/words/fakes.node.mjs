// Has `node --test` fake all clocks and timers that it can during each test, and set the time.

import { afterEach, beforeEach, mock } from 'node:test'

beforeEach(() => {
  mock.timers.enable({
    apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'],
    now: new Date('2001-01-01T12:00:00Z'),
  })
})

afterEach(() => mock.timers.reset())
