/** What other realms make is what it is: a test runner's `node:vm` context, and a DOM environment, have built-ins of their own. */
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { blocking, eventual, Failure, Reactor, registerError } from 'rx-crochet'
import { afterEach, describe, expect, it } from 'vitest'
import type { ErrorClass } from '../../lib/protocol/error-classes.js'
import { nameOfClass } from '../../lib/protocol/error-classes.js'
import { Bell } from '../../lib/protocol/memory/bell.js'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import { BELL_BYTES, CONNECTION_BYTES } from '../../lib/protocol/memory/words.js'
import { isDOMException, isError } from '../../lib/protocol/realms.js'
import { isStreamPlan } from '../../lib/protocol/stream-plan.js'
import { thisThread } from '../../lib/protocol/thread.js'
import { decodeThrown, encodeThrown } from '../../lib/protocol/thrown.js'
import { Log } from '../../lib/reactor/log.js'
import { functionOf } from '../../lib/reactor/services.js'

/** A DOM environment's class: another one than Node's, of the same name and tag. */
const DOM_EXCEPTION: ErrorClass = runInNewContext(`
  class DOMException extends Error { get [Symbol.toStringTag]() { return 'wrong' } }
  Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: 'DOMException' })
  DOMException
`)

const FOREIGN_URL: URL = runInNewContext(`
  class URL { href = 'file:///it.js'; get [Symbol.toStringTag]() { return 'URL' } }
  new URL()
`)

describe('shared memory of another realm', () => {
  it('is shared memory', () => {
    const bytes = (length: number): unknown => runInNewContext(`new SharedArrayBuffer(${length})`)
    expect(Bell.received(bytes(BELL_BYTES))).toBeInstanceOf(Bell)
    expect(ConnectionMemory.received(bytes(CONNECTION_BYTES))).toBeInstanceOf(ConnectionMemory)
    expect(isStreamPlan({ buffer: 1, overflow: 'error', keep: 1, words: bytes(8) })).toBe(true)
  })
})

describe('an error of another realm', () => {
  it.each([
    ['a thrown one', runInNewContext('new RangeError("far")')],
    ['an object whose prototype is one', runInNewContext('Object.create(Error.prototype)')],
    ['an instance of a class', runInNewContext('new (class Far extends Error {})')],
    ["a DOM environment's DOMException", Reflect.construct(DOM_EXCEPTION, ['far'])],
  ])('is an error: %s', (_, error) => {
    expect(error).not.toBeInstanceOf(Error)
    expect(isError(error)).toBe(true)
  })

  it.each([[undefined], [null], ['far'], [{ message: 'far' }], [runInNewContext('({ message: "far" })')], [() => 1]])(
    'is told from what is none: %o',
    (value) => expect(isError(value)).toBe(false),
  )

  it('runs no getter that a class has for its constructor', () => {
    const prototype = Object.defineProperty({}, 'constructor', { get: () => expect.unreachable() })
    expect(isError(Object.create(prototype))).toBe(false)
  })

  it('has its message told by a Failure', () => {
    expect(new Failure(runInNewContext('new RangeError("far")')).getErrorMessage()).toBe('far')
  })
})

describe('a DOMException of a DOM environment', () => {
  it('is told by its tag, and keeps its class', () => {
    const error = Reflect.construct(DOM_EXCEPTION, ['far'])
    expect([isDOMException(error), isDOMException(new DOMException()), isDOMException(new Error())]).toEqual([
      ...[true, true, false],
    ])
    expect(nameOfClass(DOM_EXCEPTION.prototype)).toBe('DOMException')
    expect(decodeThrown(encodeThrown(error))).toBeInstanceOf(DOMException)
  })
})

describe('registerError()', () => {
  afterEach(() => thisThread.errorClasses.clear())

  it("takes a class that extends another realm's Error, as those of Node are in a test runner's", () => {
    const theirs: ErrorClass = runInNewContext('class Theirs extends Error {} Theirs')
    registerError(theirs)
    expect(nameOfClass(theirs.prototype)).toBe('Theirs')
  })
})

describe('an event target of another realm', () => {
  it('is shown as a text, and not taken apart', () => {
    const target: unknown = runInNewContext('new (class { all = 1; addEventListener() {} dispatchEvent() {} })')
    expect(decodeThrown(encodeThrown({ target }))).toEqual({ target: expect.stringContaining('all: 1') })
  })
})

describe('an object literal of another realm', () => {
  const literal: object = runInNewContext('({ _open() {}, close() {} })')

  it('has functions whose names begin as those of private methods', () => {
    expect(functionOf(literal, '_open', 'It')).toMatchObject({ self: literal })
  })

  it('has none but its own', () => {
    expect(() => functionOf(literal, 'toString', 'It')).toThrow(/it has: `_open`, `close`$/)
  })
})

describe('an instance of a class of another realm', () => {
  it('has its public methods, and none of Object', () => {
    const instance: object = runInNewContext(
      'Object.prototype.everywhere = () => {}; new (class { _open() {} close() {} })',
    )
    expect(() => functionOf(instance, '_open', 'It')).toThrow(/it has: `close`$/)
  })
})

describe("a logger's promise of another realm", () => {
  it('may reject', () => {
    const caught: unknown[] = []
    const promise = runInNewContext('Promise.resolve()')
    promise.catch = (handler: unknown) => caught.push(handler)
    const say = (): unknown => promise
    const logger = { debug: say, info: say, warn: say, error: say, child: () => logger }
    // What a logger returns is nobody's business, by its type.
    new Log(logger as ConstructorParameters<typeof Log>[0], undefined).warn('it')
    expect(caught).toEqual([expect.any(Function)])
  })
})

describe('a URL of another realm', () => {
  it('names a module', () => {
    expect(() => blocking(FOREIGN_URL, { timeout: 1 })).not.toThrow()
  })

  it.each([[{ href: 'file:///it.js' }], [new URLSearchParams()]])('is told from what is none: %o', (value) => {
    expect(() => blocking(value as unknown as URL, { timeout: 1 })).toThrow(TypeError)
  })
})

describe('a URL that a DOM environment made of a relative one', () => {
  const url = 'http://localhost:3000/worker.js'

  it('is refused as the file of a pool, and the error says how it came to be', async () => {
    await using reactor = new Reactor()
    expect(() => reactor.createPool({ filename: url })).toThrow(
      new TypeError(
        'options.filename of createPool() is `http://localhost:3000/worker.js`, which is no file; ' +
          'a test in a DOM environment, as jsdom or happy-dom, gets such a URL of `new URL(…, import.meta.url)`: ' +
          "give `pathToFileURL('/its/path')` of node:url, or run the test in the environment `node`",
      ),
    )
  })

  it('is refused as a module, and the error says so too', async () => {
    await using reactor = new Reactor()
    const answer = eventual(new URL(url)).it?.()
    await expect(answer?.asPromise()).rejects.toThrow(
      'a test in a DOM environment, as jsdom or happy-dom, gets such a URL',
    )
    expect(reactor.pending()).toEqual([])
  })

  it.each(['https://example.org/it.js', 'data:text/javascript,', 'node:fs'])(
    'is not the only one: %s',
    async (other) => {
      await using reactor = new Reactor()
      const answer = eventual(new URL(other)).it?.()
      const error: unknown = await answer?.asPromise().catch((thrown: unknown) => thrown)
      expect(String(error).includes('DOM environment')).toBe(other.startsWith('http'))
      expect(reactor.pending()).toEqual([])
    },
  )
})

describe('a realm without structuredClone', () => {
  it('clones by posting, and refuses what cannot be cloned', async () => {
    const { structuredClone } = globalThis
    Reflect.deleteProperty(globalThis, 'structuredClone')
    // Evaluated once more, as such a realm would have it.
    const file = new URL('../../lib/protocol/cloneable.js?without', import.meta.url).href
    const { cloneOf }: typeof import('../../lib/protocol/cloneable.js') = await import(file).finally(() => {
      globalThis.structuredClone = structuredClone
    })
    const value = { map: new Map([[1, undefined]]) }
    expect(cloneOf(value)).toStrictEqual({ value })
    expect(cloneOf(value)?.value).not.toBe(value)
    expect([cloneOf(() => 1), cloneOf(undefined)]).toEqual([undefined, { value: undefined }])
  })
})

describe('a realm without the keys by which `using` disposes', () => {
  it("is given those of Node, and one that has them keeps its own's", () => {
    const source = readFileSync(new URL('../../lib/protocol/dispose.js', import.meta.url), 'utf8')
    const filled = (symbols: object): object => {
      runInNewContext(source.replace(/^export \{\};?$/m, ''), { Symbol: Object.assign(symbols, { for: Symbol.for }) })
      return symbols
    }
    expect(filled({})).toMatchObject({ for: Symbol.for })
    expect(Reflect.get(filled({}), 'dispose')).toBe(Symbol.for('nodejs.dispose'))
    expect(Reflect.get(filled({}), 'asyncDispose')).toBe(Symbol.for('nodejs.asyncDispose'))
    const own = Symbol('its own')
    expect(Reflect.get(filled({ dispose: own }), 'dispose')).toBe(own)
  })
})
