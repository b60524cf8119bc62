// Has Jest fake all clocks and timers during each test, and set the time. Before each, as `afterEach` of a test may end it.

beforeEach(() => {
  jest.useFakeTimers()
  jest.setSystemTime(new Date('2001-01-01T12:00:00Z'))
})

afterEach(() => jest.useRealTimers())
