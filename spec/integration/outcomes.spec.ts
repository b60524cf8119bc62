import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import * as entry from 'rx-crochet'
import { move, Reactor, type ReactorOptions, ResultNotCloneableError, RxCrochetError } from 'rx-crochet'
import {
  concat,
  defer,
  delay,
  EMPTY,
  firstValueFrom,
  NEVER,
  Observable,
  of,
  observable as rxObservable,
  Subject,
  throwError,
  timer,
} from 'rxjs'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nested } from '../fixtures/nested.js'
import type * as worker from '../fixtures/outcomes-worker.js'
import { type CallTask, type IMMOVABLE, revokedProxy, type UNCLONEABLE } from '../fixtures/outcomes-worker.js'
import { RecordedLog } from '../fixtures/recorded-log.js'
import { secondCopyOfRxJS } from '../fixtures/second-copy-of-rxjs.js'
import type { Seen, SeenError } from '../fixtures/seen.js'
import { SharedPool } from '../fixtures/shared-pool.js'
import { tasksOf } from '../fixtures/tasks.js'
import { until } from '../fixtures/until.js'

const filename = new URL('../fixtures/outcomes-worker.js', import.meta.url).href
const sharedPool = new SharedPool({ filename })

let log: RecordedLog
let reactor: Reactor
let run: ReturnType<typeof tasksOf<typeof worker>>

beforeEach(() => start())

afterEach(async () => {
  const left = reactor.pending()
  await stop()
  expect(left, 'calls that are still unfinished').toEqual([])
})

afterAll(() => sharedPool.close())

/** Starts a reactor, which the thread calls. */
function start(options: ReactorOptions = {}): void {
  log = new RecordedLog()
  reactor = new Reactor({ logger: log, ...options })
  run = tasksOf<typeof worker>(sharedPool.attachTo(reactor))
}

/** Stops the reactor, and leaves the thread to the next one. */
async function stop(): Promise<void> {
  await sharedPool.release()
  await reactor.stop()
}

/** Exposes a function as `service.fn`, has the pool's thread call it, and tells how the call ended. */
function outcomeOf(fn: (...args: never[]) => unknown, task: CallTask = {}): Promise<Seen> {
  reactor.expose('service', { fn })
  return run('call', task)
}

async function errorOf(fn: (...args: never[]) => unknown, task?: CallTask): Promise<SeenError> {
  return asError(await outcomeOf(fn, task))
}

function asError(ended: Seen): SeenError {
  expect(ended).toMatchObject({ threw: { class: expect.any(String), stack: expect.any(String) } })
  return (ended as { threw: SeenError }).threw // as was just checked
}

describe('a function that returns an Observable', () => {
  it.each<[string, () => Observable<unknown>]>([
    ['emits while it is subscribed', () => of('first', 'second')],
    ['emits later', () => timer(1).pipe(() => of('first', 'second').pipe(delay(1)))],
    ['is made at subscription', () => defer(async () => 'first')],
    ['never completes', () => concat(of('first'), NEVER)],
    [
      'fails after its first emission',
      () =>
        concat(
          of('first'),
          throwError(() => new Error('too late')),
        ),
    ],
  ])('gives its first emission if it %s', async (_, fn) => {
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'first' })
    expect(log.lines).toEqual([])
  })

  it('is unsubscribed after its first emission, once', async () => {
    let teardowns = 0
    const source = new Subject<string>()
    const fn = () =>
      new Observable((subscriber) => {
        const subscription = source.subscribe(subscriber)
        setImmediate(() => source.next('first'))
        return () => {
          subscription.unsubscribe()
          teardowns += 1
        }
      })
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'first' })
    await reactor.stop()
    expect({ teardowns, observed: source.observed }).toEqual({ teardowns: 1, observed: false })
  })

  it('is stopped by its first emission, and torn down once, if it emits for ever without giving the loop back', async () => {
    let emitted = 0
    let teardowns = 0
    const fn = () =>
      new Observable<number>((subscriber) => {
        while (!subscriber.closed) subscriber.next(emitted++)
        return () => {
          teardowns += 1
        }
      })
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 0 })
    await reactor.stop()
    expect({ emitted, teardowns }).toEqual({ emitted: 1, teardowns: 1 })
  })

  it('gives its first emission although a teardown throws, which is logged', async () => {
    const fn = () =>
      new Observable((subscriber) => {
        subscriber.next('first')
        return () => {
          throw new Error('teardown failed')
        }
      })
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'first' })
    expect(log.lines).toEqual([expect.stringMatching(/teardown of service\.fn/i)])
  })

  it('is subscribed once a call', async () => {
    let subscriptions = 0
    const source = defer(() => of(++subscriptions))
    reactor.expose('service', { fn: () => source })
    expect(await run('callAll', [{}, {}])).toStrictEqual([{ returned: 1 }, { returned: 2 }])
  })

  it.each<[string, unknown]>([
    ['an error', new RangeError('out of range')],
    ['undefined', undefined],
    ['0', 0],
    ['an empty string', ''],
  ])('ends with its error: %s', async (_, error) => {
    const ended = await outcomeOf(() => throwError(() => error))
    if (error instanceof RangeError)
      expect(asError(ended)).toMatchObject({ class: 'RangeError', message: 'out of range' })
    else expect(ended).toStrictEqual({ threw: error })
  })

  it('ends with the error of its subscription, if that throws', async () => {
    const fn = () =>
      new Observable(() => {
        throw new RangeError('cannot subscribe')
      })
    expect(await errorOf(fn)).toMatchObject({ class: 'RangeError', message: 'cannot subscribe' })
  })
})

describe('a function that returns an Observable of another library', () => {
  /** What such libraries have in common: `subscribe` with an observer, and a symbol that gives it. */
  function foreign(symbol: symbol | string, torndown: () => void): object {
    const observable = {
      subscribe(observer: { next(value: unknown): void }) {
        observer.next('first')
        observer.next('second')
        return { unsubscribe: torndown }
      },
    }
    return { [symbol]: () => observable }
  }

  it('gives its first emission, and unsubscribes it', async () => {
    let teardowns = 0
    const fn = () => foreign(rxObservable, () => teardowns++)
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'first' })
    expect(teardowns).toBe(1)
  })

  it('gives its first emission, if that library defined Symbol.observable after RxJS was loaded', async () => {
    expect(Symbol.observable, 'nobody has defined it in this process').toBeUndefined()
    const late = Symbol('observable')
    Object.defineProperty(Symbol, 'observable', { value: late, configurable: true })
    try {
      expect(await outcomeOf(() => foreign(late, () => undefined))).toStrictEqual({ returned: 'first' })
    } finally {
      Reflect.deleteProperty(Symbol, 'observable')
    }
  })
})

describe('a function that returns an Observable of a second copy of RxJS', () => {
  it('gives its first emission, and unsubscribes it', async () => {
    const second = await secondCopyOfRxJS()
    expect(second.of(1), 'it is another copy').not.toBeInstanceOf(Observable)
    let emitted = 0
    let teardowns = 0
    const fn = () =>
      new second.Observable<number>((subscriber) => {
        while (!subscriber.closed) subscriber.next(emitted++)
        return () => {
          teardowns += 1
        }
      })
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 0 })
    expect({ emitted, teardowns }).toEqual({ emitted: 1, teardowns: 1 })
  })

  it('ends with its error', async () => {
    const second = await secondCopyOfRxJS()
    expect(await errorOf(() => second.throwError(() => new RangeError('far')))).toMatchObject({ class: 'RangeError' })
  })
})

describe('a function that ends without a value', () => {
  const EMPTIES: [string, () => unknown][] = [
    ['an empty Observable', () => EMPTY],
    ['an Observable that completes later', () => timer(1).pipe(() => EMPTY.pipe(delay(1)))],
    ['an empty async iterable', async function* () {}],
  ]

  it.each(EMPTIES)('ends with EmptyError, which names it: %s', async (_, fn) => {
    expect(await errorOf(fn)).toMatchObject({
      class: 'EmptyError',
      code: 'ERR_RX_CROCHET_EMPTY',
      message: expect.stringContaining('service.fn'),
    })
  })

  it.each(EMPTIES)('gives the `defaultValue`: %s', async (_, fn) => {
    expect(await outcomeOf(fn, { options: { defaultValue: 'nothing' } })).toStrictEqual({ returned: 'nothing' })
  })

  const DEFAULTS = ['nothing', undefined, null, 0, '', false]

  it.each(
    (['blocking', 'eventual'] as const).flatMap((verb) => DEFAULTS.map((defaultValue) => ({ verb, defaultValue }))),
  )('takes $defaultValue for a `defaultValue` of $verb', async ({ verb, defaultValue }) => {
    expect(await outcomeOf(() => EMPTY, { verb, options: { defaultValue } })).toStrictEqual({ returned: defaultValue })
  })

  it.each<[string, () => unknown]>([
    ['an Observable emits', () => of(undefined)],
    ['a promise resolves to', async () => undefined],
    [
      'an async iterable yields',
      async function* () {
        yield undefined
      },
    ],
    ['the function returns', () => undefined],
  ])('is not one whose value is undefined: %s it', async (_, fn) => {
    expect(await outcomeOf(fn, { options: { defaultValue: 'nothing' } })).toStrictEqual({ returned: undefined })
  })

  it('is not one that fails', async () => {
    const options = { defaultValue: 'nothing' }
    expect(await errorOf(() => throwError(() => new RangeError('x')), { options })).toMatchObject({
      class: 'RangeError',
    })
  })
})

describe('a function that returns a promise or a thenable', () => {
  type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void

  function thenable(then: Then, made: object = {}): object {
    return Object.defineProperty(made, 'then', { value: then })
  }

  it.each<[string, () => unknown]>([
    ['a promise', async () => 'value'],
    ['a promise that resolves later', () => firstValueFrom(timer(1)).then(() => 'value')],
    ['a thenable', () => thenable((resolve) => resolve('value'))],
    [
      'a function that is a thenable',
      () =>
        thenable(
          (resolve) => resolve('value'),
          () => 1,
        ),
    ],
    ['a thenable of a promise', () => thenable((resolve) => resolve(Promise.resolve('value')))],
  ])('gives its value: %s', async (_, fn) => {
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'value' })
  })

  const broken = (): never => {
    throw new RangeError('rejected')
  }

  it.each<[string, () => unknown]>([
    ['a promise', () => Promise.reject(new RangeError('rejected'))],
    ['a thenable', () => thenable((_, reject) => reject(new RangeError('rejected')))],
    ['a thenable whose `then` throws', () => thenable(broken)],
    ['a thenable whose `then` getter throws', () => Object.defineProperty({}, 'then', { get: broken })],
  ])('ends with its rejection: %s', async (_, fn) => {
    expect(await errorOf(fn)).toMatchObject({ class: 'RangeError', message: 'rejected' })
  })

  it.each([undefined, 0, '', null])('ends with its rejection, though that is %j', async (reason) => {
    expect(await outcomeOf(() => Promise.reject(reason))).toStrictEqual({ threw: reason })
  })

  it('takes an object for a plain value, if its `then` is no function', async () => {
    const fn = () => Object.fromEntries([['then', 'text']])
    expect(await outcomeOf(fn)).toStrictEqual({ returned: fn() })
  })
})

describe('a function that returns an async iterable', () => {
  it('gives its first value, and its `finally` block runs', async () => {
    const steps: string[] = []
    async function* fn() {
      try {
        yield 'first'
        steps.push('went on')
        yield 'second'
      } finally {
        steps.push('finally')
      }
    }
    expect(await outcomeOf(fn)).toStrictEqual({ returned: 'first' })
    expect(steps).toEqual(['finally'])
  })

  it('asks the iterator for one value, then calls its return() once', async () => {
    const asked: string[] = []
    const iterator: AsyncIterator<string> = {
      async next() {
        asked.push('next')
        return { done: false, value: 'first' }
      },
      async return() {
        asked.push('return')
        return { done: true, value: undefined }
      },
    }
    expect(await outcomeOf(() => ({ [Symbol.asyncIterator]: () => iterator }))).toStrictEqual({ returned: 'first' })
    await reactor.stop()
    expect(asked).toEqual(['next', 'return'])
  })

  it('gives its first value, if the iterator has no return()', async () => {
    const iterator = { next: async () => ({ done: false, value: 'first' }) }
    expect(await outcomeOf(() => ({ [Symbol.asyncIterator]: () => iterator }))).toStrictEqual({ returned: 'first' })
  })

  it.each<[string, () => unknown]>([
    ['rejects', () => Promise.reject(new Error('return failed'))],
    [
      'throws',
      () => {
        throw new Error('return failed')
      },
    ],
    ['returns no promise', () => undefined],
  ])('gives its first value, though return() %s', async (_, giveUp) => {
    const iterator = { next: async () => ({ done: false, value: 'first' }), return: giveUp }
    expect(await outcomeOf(() => ({ [Symbol.asyncIterator]: () => iterator }))).toStrictEqual({ returned: 'first' })
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      async function* () {
        yield* []
        throw new RangeError('broken')
      },
    ],
    [
      'gives no iterator',
      () => ({
        [Symbol.asyncIterator]() {
          throw new RangeError('broken')
        },
      }),
    ],
    ['rejects', () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new RangeError('broken')) }) })],
  ])('ends with its error, if it %s', async (_, fn) => {
    expect(await errorOf(fn)).toMatchObject({ class: 'RangeError', message: 'broken' })
  })
})

describe('a function that returns anything else', () => {
  class Point {
    x = 1
    y = 2
  }
  const circular: { self?: unknown; list: unknown[] } = { list: [] }
  circular.self = circular
  circular.list.push(circular)

  it.each<[string, unknown]>([
    ['an array', [1, 'two', [3]]],
    ['an empty array', []],
    ['a sparse array', Object.assign(new Array(3), { 1: 'x' })],
    ['a string', 'text'],
    ['an empty string', ''],
    ['a lone surrogate', '\ud800'],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', { b: 1 }],
        [{ key: 1 }, [2]],
      ]),
    ],
    ['a Set', new Set([1, 'two'])],
    ['a Date', new Date(0)],
    ['a RegExp', /a+/giu],
    ['a Uint8Array', Uint8Array.of(1, 2, 3)],
    ['a Float64Array', Float64Array.of(0.5, Number.NaN)],
    ['a BigInt64Array', BigInt64Array.of(-1n)],
    ['an ArrayBuffer', Uint8Array.of(1, 2, 3).buffer],
    ['a DataView', new DataView(new ArrayBuffer(2))],
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['true', true],
    ['false', false],
    ['a bigint', 2n ** 70n],
    ['an error', new RangeError('not thrown')],
    ['an object', { a: { b: { c: [new Map([[1, new Set([2])]])] } }, u: undefined }],
    ['an object that contains itself', circular],
  ])('gives that value: %s', async (_, value) => {
    expect(await outcomeOf(() => value)).toStrictEqual({ returned: value })
  })

  it('gives an instance of a class as structured clone has it: its own properties', async () => {
    expect(await outcomeOf(() => new Point())).toStrictEqual({ returned: { x: 1, y: 2 } })
  })

  it('gives a copy: what the reactor changes afterwards does not show', async () => {
    const value = { count: 1 }
    const fn = () => {
      setImmediate(() => {
        value.count = 2
      })
      return value
    }
    expect(await outcomeOf(fn)).toStrictEqual({ returned: { count: 1 } })
  })

  it('gives memory that is shared, as shared', async () => {
    const shared = new SharedArrayBuffer(4)
    const ended = await outcomeOf(() => shared)
    Atomics.store(new Int32Array(shared), 0, 42)
    expect(ended).toMatchObject({ returned: expect.any(SharedArrayBuffer) })
    const { returned } = ended as { returned: SharedArrayBuffer } // as was just checked
    expect(Atomics.load(new Int32Array(returned), 0)).toBe(42)
  })
})

describe('a function that throws', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['0', 0],
    ['NaN', Number.NaN],
    ['false', false],
    ['an empty string', ''],
    ['a string', 'text'],
    ['a bigint', 1n],
    ['an object', { code: 'E_ODD', nested: [1] }],
    ['an array', [1, 2]],
  ])('ends with what it threw: %s', async (_, thrown) => {
    const fn = () => {
      throw thrown
    }
    expect(await outcomeOf(fn)).toStrictEqual({ threw: thrown })
  })

  it.each<[string, unknown, RegExp]>([
    ['a function', function thrownFunction() {}, /thrownFunction/],
    ['a symbol', Symbol('thrown symbol'), /thrown symbol/],
    ['a promise', Promise.resolve('thrown promise'), /Promise/],
    ['a revoked Proxy', revokedProxy(), /./],
  ])('ends with a text in its place, if it threw what cannot be cloned: %s', async (_, thrown, text) => {
    const fn = () => {
      throw thrown
    }
    expect(await outcomeOf(fn)).toStrictEqual({ threw: expect.stringMatching(text) })
  })

  it.each([
    ['a thrown object', (value: object) => value],
    ["an error's property", (details: object) => Object.assign(new Error('x'), { details })],
    ["an error's cause", (cause: object) => new Error('x', { cause })],
  ])('still ends, if a getter in %s throws when it is read again', async (_, put) => {
    const fn = () => {
      let reads = 0
      throw put({
        get flaky() {
          if (reads++ > 0) throw new Error('read twice')
          return 'once'
        },
      })
    }
    const ended = await outcomeOf(fn)
    expect(ended).not.toMatchObject({ threw: { class: 'TimeoutError' } })
  })
})

describe('an error that a function ends with', () => {
  class HttpError extends TypeError {
    override name = 'HttpError'
    constructor(readonly status: number) {
      super(`status ${status}`)
    }
  }

  const OWN_CLASSES = Object.entries(entry).flatMap(([name, value]) =>
    isOwnErrorClass(value) ? [{ name, made: value }] : [],
  )

  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'keeps its class, built in: %o',
    async (made) => {
      const error = await errorOf(() => {
        throw new made('why')
      })
      expect(error).toMatchObject({ class: made.name, name: made.name, message: 'why' })
    },
  )

  it.each(OWN_CLASSES)("keeps its class, this package's: $name", async ({ name, made }) => {
    const error = await errorOf(() => {
      throw new made('why')
    })
    expect(error).toMatchObject({ class: name, name, message: 'why', code: new made('').code })
  })

  it('keeps its class, name and code as a DOMException', async () => {
    const error = await errorOf(() => {
      throw new DOMException('why', 'AbortError')
    })
    expect(error).toMatchObject({
      class: 'DOMException',
      name: 'AbortError',
      message: 'why',
      code: DOMException.ABORT_ERR,
    })
  })

  it('keeps its class as an AggregateError, with all of its errors', async () => {
    const errors = [new RangeError('one'), 'two', Object.assign(new Error('three'), { code: 'E_THREE' })]
    const error = await errorOf(() => {
      throw new AggregateError(errors, 'all')
    })
    expect(error).toMatchObject({ class: 'AggregateError', message: 'all' })
    expect(error.properties.errors).toMatchObject([
      { class: 'RangeError', message: 'one' },
      'two',
      { class: 'Error', message: 'three', code: 'E_THREE' },
    ])
  })

  it('has the nearest class that both sides know, and keeps its own name and properties', async () => {
    const error = await errorOf(() => {
      throw new HttpError(404)
    })
    expect(error).toMatchObject({
      class: 'TypeError',
      name: 'HttpError',
      message: 'status 404',
      properties: { status: 404 },
    })
  })

  it('keeps its code, own', async () => {
    const error = await errorOf(() => {
      throw Object.assign(new Error('x'), { code: 'E_OWN' })
    })
    expect(error.code).toBe('E_OWN')
  })

  it('keeps its code, inherited from its class', async () => {
    class CodedError extends Error {
      get code() {
        return 'E_INHERITED'
      }
    }
    const error = await errorOf(() => {
      throw new CodedError('x')
    })
    expect(error.code).toBe('E_INHERITED')
  })

  it('keeps its own properties, whatever can be cloned', async () => {
    const own = {
      list: [1, { two: 2 }],
      when: new Date(0),
      map: new Map([['k', 1]]),
      zero: 0,
      nothing: undefined,
      big: 1n,
    }
    const error = await errorOf(() => {
      throw Object.assign(new Error('x'), own)
    })
    expect(error.properties).toStrictEqual(own)
  })

  it('keeps the error in an own property whole', async () => {
    const reason = Object.assign(new RangeError('inner'), { code: 'E_INNER' })
    const error = await errorOf(() => {
      throw Object.assign(new Error('x'), { reason })
    })
    expect(error.properties.reason).toMatchObject({ class: 'RangeError', message: 'inner', code: 'E_INNER' })
  })

  it('has a text in place of a property that cannot be cloned, and keeps the others', async () => {
    const error = await errorOf(() => {
      throw Object.assign(new Error('x'), { retry: function again() {}, left: 3 })
    })
    expect(error.properties).toStrictEqual({ retry: expect.stringContaining('again'), left: 3 })
  })

  it('has a text in place of a property whose getter throws, and keeps the others', async () => {
    const broken = Object.defineProperty(new Error('x'), 'broken', {
      get() {
        throw new Error('no')
      },
      enumerable: true,
    })
    const error = await errorOf(() => {
      throw Object.assign(broken, { left: 3 })
    })
    expect(error.properties).toStrictEqual({ broken: expect.stringContaining('no'), left: 3 })
  })

  it('keeps its chain of causes, to the end', async () => {
    const root = Object.assign(new URIError('root'), { code: 'E_ROOT' })
    const error = await errorOf(() => {
      throw new Error('top', { cause: new RangeError('middle', { cause: root }) })
    })
    expect(error).toMatchObject({
      message: 'top',
      properties: {
        cause: { class: 'RangeError', message: 'middle', properties: { cause: { class: 'URIError', code: 'E_ROOT' } } },
      },
    })
  })

  it('may be its own cause', async () => {
    const error = await errorOf(() => {
      const one = new Error('one')
      one.cause = new Error('two', { cause: one })
      throw one
    })
    const two = error.properties.cause as SeenError // an error is told so, and this one was given a cause
    expect(two.message).toBe('two')
    expect(two.properties.cause).toBe(error)
  })

  it.each([undefined, null, 0, 'text', { plain: true }])('may have %j as its cause', async (cause) => {
    const error = await errorOf(() => {
      throw new Error('x', { cause })
    })
    expect(error.properties).toStrictEqual({ cause })
  })

  it("shows where it arose in the reactor's code", async () => {
    const error = await errorOf(function aroseHere() {
      throw new Error('x')
    })
    expect(error.stack).toMatch(/aroseHere.*outcomes\.spec/)
  })

  function isOwnErrorClass(value: unknown): value is new (message: string) => RxCrochetError {
    return typeof value === 'function' && value.prototype instanceof RxCrochetError
  }
})

describe('a value that cannot be cloned', () => {
  it.each<[string, () => unknown, string]>([
    ['a function', () => function answer() {}, 'value` (the function `answer`)'],
    ['a symbol', () => Symbol('s'), 'value` (Symbol(s))'],
    ['a WeakMap', () => new WeakMap(), 'value` (a WeakMap)'],
    ['a method', () => ({ headers: { get() {} } }), 'value.headers.get` (the function `get`)'],
    ['in an array', () => [1, [Symbol('s')]], 'value[1][0]` (Symbol(s))'],
    ['under an odd key', () => ({ 'a-b': Promise.resolve() }), 'value["a-b"]` (a Promise)'],
    ["as a Map's key", () => new Map([[() => 1, 1]]), 'value.keys()[0]` (a function)'],
    ["as a Map's value", () => new Map([['k', () => 1]]), 'value.values()[0]` (a function)'],
    ['in a Set', () => new Set([1, new WeakSet()]), 'value.values()[1]` (a WeakSet)'],
    [
      'a getter that throws',
      () => ({
        a: {
          get broken() {
            throw new Error('no')
          },
        },
      }),
      'value.a.broken`',
    ],
  ])('ends the call with ResultNotCloneableError, which names function and place: %s', async (_, value, place) => {
    expect(await errorOf(() => value())).toMatchObject({
      class: 'ResultNotCloneableError',
      code: 'ERR_RX_CROCHET_RESULT_NOT_CLONEABLE',
      message: expect.stringMatching(new RegExp(`service\\.fn .*${escaped(place)}`)),
    })
  })

  it.each<[string, () => unknown]>([
    ['a revoked Proxy', () => [revokedProxy()]],
    [
      'a Proxy that does not show its keys',
      () => [
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('no')
            },
          },
        ),
      ],
    ],
    [
      'a Proxy that does not show its prototype',
      () => [
        new Proxy(
          {},
          {
            getPrototypeOf() {
              throw new Error('no')
            },
          },
        ),
      ],
    ],
    [
      'a Proxy that does not show what it has',
      () =>
        new Proxy(
          {},
          {
            has() {
              throw new Error('no')
            },
          },
        ),
    ],
    ['a function whose name is a symbol', () => [Object.defineProperty(() => 1, 'name', { value: Symbol('s') })]],
    [
      'an object whose tag cannot be read',
      () => [
        Object.defineProperty(new WeakMap(), Symbol.toStringTag, {
          get() {
            throw new Error('no')
          },
        }),
      ],
    ],
    ['arrays nested too deeply', () => nested(100_000)],
  ])('ends the call with ResultNotCloneableError, though it is hard to look at: %s', async (_, value) => {
    expect(await errorOf(() => value())).toMatchObject({ class: 'ResultNotCloneableError' })
    expect(log.lines).toEqual([])
  })

  it.each<[string, () => unknown]>([
    ['an Observable emits', () => of(() => 1)],
    ['a promise resolves to', async () => () => 1],
    [
      'an async iterable yields',
      async function* () {
        yield () => 1
      },
    ],
  ])('ends the call with ResultNotCloneableError if %s it', async (_, fn) => {
    expect(await errorOf(fn)).toMatchObject({ class: 'ResultNotCloneableError' })
  })

  it('leaves its Observable unsubscribed', async () => {
    let teardowns = 0
    const fn = () =>
      new Observable((subscriber) => {
        subscriber.next(() => 1)
        return () => {
          teardowns += 1
        }
      })
    await errorOf(fn)
    expect(teardowns).toBe(1)
  })

  it("has structured clone's own error as `cause`", async () => {
    const { properties } = await errorOf(() => () => 1)
    expect(properties.cause).toMatchObject({ class: 'DOMException', name: 'DataCloneError' })
  })

  it('leaves the thread able to call', async () => {
    reactor.expose('service', { bad: () => () => 1, good: () => 'fine' })
    const [, good] = await run('callAll', [{ name: 'bad' }, { name: 'good' }])
    expect(good).toStrictEqual({ returned: 'fine' })
  })

  function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  }
})

describe('a function that is not found', () => {
  it('ends the call with UnknownFunctionError, with the names that are there', async () => {
    reactor.expose('service', { lookup: () => 1, reverse: () => 1, limit: 5 })
    expect(asError(await run('call', { name: 'resolve' }))).toMatchObject({
      class: 'UnknownFunctionError',
      code: 'ERR_RX_CROCHET_UNKNOWN_FUNCTION',
      message: expect.stringMatching(/`service` has no function `resolve`.*`lookup`, `reverse`$/),
    })
  })

  it('ends the call with UnknownFunctionError, with the services that are there, if it is the service', async () => {
    reactor.expose('dns', { lookup: () => 1 })
    reactor.expose('web', { get: () => 1 })
    expect(asError(await run('call', { service: 'net' }))).toMatchObject({
      class: 'UnknownFunctionError',
      message: expect.stringMatching(/`net`.*`dns`, `web`; a service has its name by `expose\(\)`/),
    })
  })

  it('ends the call with UnknownFunctionError, if its service was taken away', async () => {
    const exposed = reactor.expose('service', { fn: () => 1 })
    exposed[Symbol.dispose]()
    expect(asError(await run('call', {}))).toMatchObject({ class: 'UnknownFunctionError' })
  })
})

describe('what can be called', () => {
  class Base {
    inherited() {
      return 'inherited'
    }
    _inheritedPrivate() {
      return 'private'
    }
  }
  class Counter extends Base {
    #count = 0
    label = 'not a function'
    own = () => 'own'
    _ownPrivate = () => 'private'
    increment() {
      this.#count += 1
      return this.#count
    }
    _private() {
      return 'private'
    }
    self() {
      return this.own === undefined ? 'no this' : 'this'
    }
  }
  const make = {
    'an object literal': () => ({ fine: () => 'fine' }),
    'an object without prototype': () => Object.assign(Object.create(null), { fine: () => 'fine' }),
    'a class instance': () => new Counter(),
  } satisfies Record<string, () => object>
  type Kind = keyof typeof make
  const KINDS = Object.keys(make) as Kind[] // the keys of a literal are just these
  const REFUSED = Object.getOwnPropertyNames(Object.prototype)

  it.each(KINDS)('is nothing that Object.prototype has, not even an own one: %s', async (kind) => {
    const service = make[kind]()
    let called = 0
    for (const name of REFUSED) Object.defineProperty(service, name, { value: () => (called += 1), enumerable: true })
    reactor.expose('service', service)
    // `valueOf()` is the service itself, which no task can return.
    const names = REFUSED.filter((name) => name !== 'valueOf')
    await run(
      'callAll',
      names.map((name) => ({ name })),
    )
    expect(called).toBe(0)
  })

  it.each(['fine', 'anything'])(
    'is no inherited property of an object literal, polluted prototypes included: %s',
    async (name) => {
      const polluted = name === 'anything'
      if (polluted) Object.defineProperty(Object.prototype, name, { value: () => 'called', configurable: true })
      try {
        reactor.expose('service', { fine: () => 'fine' })
        const ended = await run('call', { name })
        if (polluted) expect(asError(ended).class).toBe('UnknownFunctionError')
        else expect(ended).toStrictEqual({ returned: 'fine' })
      } finally {
        if (polluted) Reflect.deleteProperty(Object.prototype, name)
      }
    },
  )

  it.each([
    ['a method', 'increment', 1],
    ['an inherited method', 'inherited', 'inherited'],
    ['an own function', 'own', 'own'],
  ])('is %s of a class instance', async (_, name, returned) => {
    reactor.expose('service', new Counter())
    expect(await run('call', { name })).toStrictEqual({ returned })
  })

  it.each([
    ['a private method', '_private'],
    ['an inherited private method', '_inheritedPrivate'],
    ['a private own function', '_ownPrivate'],
    ['a private field', '#count'],
    ['a property that is no function', 'label'],
    ['an empty name', ''],
  ])('is not %s of a class instance', async (_, name) => {
    reactor.expose('service', new Counter())
    const error = asError(await run('call', { name }))
    expect(error.class).toBe('UnknownFunctionError')
    expect(error.message, 'private names are not told').not.toMatch(/`_\w+`.*it has.*`_|it has.*`_/)
  })

  it('is called with the service as `this`', async () => {
    reactor.expose('service', new Counter())
    const literal = {
      word: 'this',
      self() {
        return this.word
      },
    }
    reactor.expose('literal', literal)
    expect(await run('callAll', [{ name: 'self' }, { service: 'literal', name: 'self' }])).toStrictEqual([
      { returned: 'this' },
      { returned: 'this' },
    ])
  })

  it('keeps the state of its service from call to call', async () => {
    reactor.expose('service', new Counter())
    const task = { name: 'increment' }
    expect(await run('callAll', [task, task])).toStrictEqual([{ returned: 1 }, { returned: 2 }])
  })

  it('is found without reading the getters of its service', async () => {
    class Connection {
      get socket() {
        throw new Error('not connected')
      }
      send() {
        return 'sent'
      }
    }
    reactor.expose('service', new Connection())
    expect(await run('call', { name: 'send' })).toStrictEqual({ returned: 'sent' })
  })
})

describe('arguments', () => {
  const KINDS: [string, unknown[]][] = [
    ['none', []],
    ['one', ['a']],
    ['several', [1, 'two', true, null]],
    ['undefined, also at the end', [undefined, 1, undefined]],
    ['arrays', [[1, [2]], []]],
    ['an options object', [{ host: 'a', nested: { port: 1 } }]],
    ['Maps, Sets and Dates', [new Map([['k', 1]]), new Set([1]), new Date(0)]],
    ['typed arrays and buffers', [Uint8Array.of(1, 2), new ArrayBuffer(2)]],
    ['numbers at the edges', [0, -0, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53]],
    ['bigints', [2n ** 70n]],
    ['errors', [new RangeError('given')]],
    ['very many', Array.from({ length: 1_000 }, (_, index) => index)],
  ]

  it.each((['blocking', 'eventual'] as const).flatMap((verb) => KINDS.map(([kind, args]) => ({ verb, kind, args }))))(
    'arrive, as many as were given, with $verb: $kind',
    async ({ verb, args }) => {
      let received: unknown[] | undefined
      const fn = (...given: unknown[]) => {
        received = given
      }
      expect(await outcomeOf(fn, { verb, args })).toStrictEqual({ returned: undefined })
      expect(received).toStrictEqual(args)
    },
  )

  it('leave defaults and rest parameters to the function', async () => {
    const fn = (first: string, second = 'default', ...rest: string[]) => [first, second, rest]
    reactor.expose('service', { fn })
    expect(
      await run('callAll', [{ args: ['a'] }, { args: ['a', undefined, 'c'] }, { args: ['a', 'b', 'c', 'd'] }]),
    ).toStrictEqual([
      { returned: ['a', 'default', []] },
      { returned: ['a', 'default', ['c']] },
      { returned: ['a', 'b', ['c', 'd']] },
    ])
  })

  it('are refused at once, if a getter among them makes a call itself; the next call works', async () => {
    reactor.expose('service', { fn: (value: unknown) => value })
    expect(asError(await run('callInGetter', undefined))).toMatchObject({
      class: 'ArgumentNotCloneableError',
      message: expect.stringMatching(
        /: a getter, or a Proxy, makes another call, of service\.fn, while that is copied/,
      ),
      properties: { cause: { message: expect.stringMatching(/a getter, or a Proxy, makes this call/) } },
    })
    expect(await run('call', { args: ['next'] })).toStrictEqual({ returned: 'next' })
  })
})

describe('an argument that cannot be cloned', () => {
  const WHAT: (keyof typeof UNCLONEABLE)[] = [
    'a function',
    'a symbol',
    'an object with a method',
    'a WeakMap',
    'a promise',
    'a getter that throws',
    'a revoked Proxy',
    'a revoked Proxy in an array',
    'arrays nested too deeply',
  ]

  it.each((['blocking', 'eventual'] as const).flatMap((verb) => WHAT.map((what) => ({ verb, what }))))(
    'throws ArgumentNotCloneableError where the call is made, with $verb: $what',
    async ({ verb, what }) => {
      reactor.expose('service', { fn: () => 1 })
      expect(asError(await run('giveUncloneable', { verb, what }))).toMatchObject({
        class: 'ArgumentNotCloneableError',
        code: 'ERR_RX_CROCHET_ARGUMENT_NOT_CLONEABLE',
        message: expect.stringContaining('service.fn'),
      })
    },
  )

  it('is told by its place', async () => {
    reactor.expose('service', { fn: () => 1 })
    const ended = await run('giveUncloneable', { verb: 'blocking', what: 'an object with a method' })
    expect(asError(ended).message).toContain('[1].deep[0].get` (the function `get`)')
  })

  it.each(['blocking', 'eventual'] as const)('leaves nothing behind: the next call works, with %s', async (verb) => {
    // A thread that may have one unfinished call would wait for ever behind one that was left behind.
    await stop()
    start({ maxPending: 1 })
    const received: unknown[] = []
    reactor.expose('service', { fn: (value: unknown) => received.push(value) })
    await run('giveUncloneable', { verb, what: 'a function' })
    expect(await run('call', { verb, args: ['next'] })).toStrictEqual({ returned: 1 })
    expect({ received, logged: log.lines }).toEqual({ received: ['next'], logged: [] })
  })
})

describe('arguments that the reactor cannot read', () => {
  it.each([1, 2, 3])('end each call with a failure, and no other: %d calls', async (count) => {
    reactor.expose('service', { fn: (value: unknown) => value })
    const { unreadable, next } = await run('giveUnreadable', count)
    expect(unreadable).toHaveLength(count)
    for (const ended of unreadable) expect(asError(ended).class).not.toBe('TimeoutError')
    expect(next).toStrictEqual({ returned: 'next' })
  })
})

describe('calls of one thread to one service', () => {
  const COUNT = 5_000
  const made = Array.from({ length: COUNT }, (_, index) => index)

  it.each<[string, (index: number) => unknown]>([
    ['plain values', () => undefined],
    ['promises', async () => undefined],
    ['Observables', () => of(undefined)],
    ['now this, now that', (index) => [undefined, Promise.resolve(), of(undefined), EMPTY][index % 4]],
  ])('start in the order made, thousands of them: %s', async (_, result) => {
    const started: number[] = []
    reactor.expose('service', {
      note: (index: number) => {
        started.push(index)
        return index === COUNT - 1 ? undefined : result(index)
      },
    })
    await run('flood', COUNT)
    // All have started, as the last one has; the others may be about to end.
    await until(() => reactor.pending().length === 0)
    expect(started).toEqual(made)
  })
})

describe('move()', () => {
  const MOVERS: worker.Mover[] = ['rx-crochet', 'Piscina']
  const bytes = Float64Array.of(1, 2).buffer
  const BUFFERS = {
    ArrayBuffer: () => bytes.slice(0),
    Uint8Array: () => new Uint8Array(bytes.slice(0)),
    Float64Array: () => new Float64Array(bytes.slice(0)),
  }
  const KINDS = Object.keys(BUFFERS) as (keyof typeof BUFFERS)[] // the keys of a literal are just these
  const ROWS = MOVERS.flatMap((by) => KINDS.map((what) => ({ by, what })))
  const markers: Record<worker.Mover, <T extends ArrayBuffer | ArrayBufferView | MessagePort>(value: T) => unknown> = {
    'rx-crochet': move,
    Piscina: Piscina.move,
  }

  it.each(ROWS)('of $by transfers an argument: $what', async ({ by, what }) => {
    let received: unknown[] = []
    reactor.expose('service', {
      fn: (...args: unknown[]) => {
        received = args
      },
    })
    expect(await run('moveArgument', { by, what })).toStrictEqual({ ended: { returned: undefined }, bytesLeft: 0 })
    expect(received).toStrictEqual(['before', BUFFERS[what](), 'after'])
  })

  it.each(ROWS)('of $by transfers a result: $what', async ({ by, what }) => {
    const value = BUFFERS[what]()
    expect(await outcomeOf(() => markers[by](value))).toStrictEqual({ returned: BUFFERS[what]() })
    expect(value.byteLength).toBe(0)
  })

  it.each<[string, (value: object) => unknown]>([
    ['an Observable emits', (value) => of(value)],
    ['a promise resolves to', async (value) => value],
    [
      'an async iterable yields',
      async function* (value) {
        yield value
      },
    ],
  ])('transfers what %s', async (_, give) => {
    const value = Uint8Array.of(1, 2)
    expect(await outcomeOf(() => give(move(value)))).toStrictEqual({ returned: Uint8Array.of(1, 2) })
    expect(value.byteLength).toBe(0)
  })

  it.each(MOVERS)('of %s transfers a MessagePort that is an argument', async (by) => {
    reactor.expose('service', {
      fn: (port: MessagePort) => {
        port.postMessage('from the reactor')
        port.close()
      },
    })
    expect(await run('movePort', by)).toBe('from the reactor')
  })

  it.each(MOVERS)('of %s transfers a MessagePort that is a result', async (by) => {
    const { port1, port2 } = new MessageChannel()
    const message = new Promise((resolve) => port1.once('message', resolve))
    reactor.expose('service', { fn: () => markers[by](port2) })
    await run('answerOnMovedPort', 'from the thread')
    expect(await message).toBe('from the thread')
  })

  it('leaves the buffer where it is, if another argument cannot be cloned', async () => {
    reactor.expose('service', { fn: () => 1 })
    expect(await run('moveBesideUncloneable', undefined)).toMatchObject({
      ended: { threw: { class: 'ArgumentNotCloneableError' } },
      bytesLeft: 8,
    })
  })

  it('moves two views of one buffer in one call', async () => {
    reactor.expose('service', { fn: (...args: unknown[]) => args })
    expect(await run('moveTwoViews', undefined)).toStrictEqual({ returned: [Uint8Array.of(1), Uint8Array.of(2)] })
  })

  it('never lets a value that stands within an argument arrive as an empty object', async () => {
    reactor.expose('service', { fn: (value: unknown) => value })
    expect(await run('moveWithinArgument', undefined)).not.toStrictEqual({ returned: { pixels: {} } })
  })

  it('never lets a value that stands within a result arrive as an empty object', async () => {
    expect(await outcomeOf(() => ({ pixels: move(new ArrayBuffer(8)) }))).not.toStrictEqual({
      returned: { pixels: {} },
    })
  })

  const IMMOVABLES: (keyof typeof IMMOVABLE)[] = ['a plain object', 'a function', 'a SharedArrayBuffer']

  it.each(IMMOVABLES)('of what cannot be moved is ArgumentNotCloneableError: %s', async (what) => {
    reactor.expose('service', { fn: () => 1 })
    expect(asError(await run('moveImmovable', what))).toMatchObject({
      class: 'ArgumentNotCloneableError',
      message: expect.stringContaining('service.fn'),
    })
    expect(await run('call', {}), 'the next call').toStrictEqual({ returned: 1 })
  })

  it('of what cannot be moved is ResultNotCloneableError, in the reactor', async () => {
    expect(await errorOf(() => move({}))).toMatchObject({ class: ResultNotCloneableError.name })
  })

  it('of what cannot be moved says just that: the error does not advise to move it', async () => {
    reactor.expose('service', { fn: () => 1 })
    const { message } = asError(await run('moveImmovable', 'a plain object'))
    expect(message).toMatch(/could not be transferred .*; `move\(\)` takes .*what else can be transferred/)
    expect(message).not.toMatch(/transfer it by `move\(\)`/)
  })
})
