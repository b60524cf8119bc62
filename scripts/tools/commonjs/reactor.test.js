// A test whose own thread has the reactor, and a pool that calls it.

const { readFile } = require('node:fs/promises')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { eventual, ReactorStopped, Reactor } = require('rx-crochet')
const caller = require('rx-crochet/caller')
const { of } = require('rxjs')

describe('a test with a reactor', () => {
  let reactor
  let pool

  beforeAll(() => {
    reactor = new Reactor()
    reactor.expose('math', {
      double: (x) => of(2 * x),
      fail: () => {
        throw new RangeError('no such luck')
      },
      read: () => readFile(join(__dirname, 'is not there')),
    })
    pool = reactor.createPool({ filename: join(__dirname, 'worker.js'), maxThreads: 1 })
  })

  afterAll(() => reactor.stop())

  test('a thread calls', async () => {
    expect(await pool.run(21)).toBe(42)
  })

  test('an error of the test is of its class when it has crossed twice', async () => {
    const error = await pool.run('fail').catch((thrown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect(error.message).toBe('no such luck')
  })

  test("an error of Node's own is an error when it has crossed twice", async () => {
    const error = await pool.run('read').catch((thrown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error.code).toBe('ENOENT')
  })

  test('the reactor loads a module that a call names', async () => {
    const { double } = eventual(pathToFileURL(join(__dirname, 'math.js')))
    expect(await double(21).asPromise()).toBe(42)
  })

  test('both entries have one set of classes and one state', async () => {
    expect(caller.ReactorStopped).toBe(ReactorStopped)
    expect(caller.eventual).toBe(eventual)
    expect(await caller.eventual('math').double(2).asPromise()).toBe(4)
  })
})
