// Has Sinon fake all clocks and timers during each test of mocha, and set the time; Piscina's threads answer by `nextTick`.

import sinon from 'sinon'

const toFake = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['Date', 'performance', 'hrtime', 'queueMicrotask'],
]
let clock

beforeEach(() => {
  clock = sinon.useFakeTimers({ now: new Date('2001-01-01T12:00:00Z'), toFake })
})

afterEach(() => clock.restore())
