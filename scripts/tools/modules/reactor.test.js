// A test whose own thread has the reactor, and a pool that calls it.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import * as crochet from 'rx-crochet'
import * as caller from 'rx-crochet/caller'
import { of } from 'rxjs'

const here = import.meta.url
const require = createRequire(here)

describe('a test with a reactor', () => {
  let reactor
  let pool

  beforeAll(() => {
    reactor = new crochet.Reactor()
    reactor.expose('math', {
      double: (x) => of(2 * x),
      fail: () => {
        throw new RangeError('no such luck')
      },
      read: () => readFile(new URL('./is not there', here).pathname),
    })
    pool = reactor.createPool({ filename: new URL('./worker.js', here).href, maxThreads: 1 })
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
    const { double } = caller.eventual(new URL('./math.js', here))
    expect(await double(21).asPromise()).toBe(42)
  })

  test('what is imported and what is required have one set of classes and one state', async () => {
    for (const [name, value] of Object.entries(caller)) {
      expect(Reflect.get(crochet, name)).toBe(value)
      expect(require('rx-crochet')[name]).toBe(value)
      expect(require('rx-crochet/caller')[name]).toBe(value)
    }
    expect(await require('rx-crochet/caller').eventual('math').double(2).asPromise()).toBe(4)
  })
})
