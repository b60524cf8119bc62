/**
 * What the types say. `tsc` checks it, and the build fails if it does not hold; run, these specs have nothing to do.
 *
 * @module
 */
import type { EventEmitter } from 'node:events'
import type { SHARE_ENV } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import {
  type Blocking,
  type BlockingService,
  blocking,
  type Emitted,
  type Eventual,
  type EventualResult,
  type EventualService,
  eventual,
  type Failure,
  move,
  type Reactor,
  runInReactor,
  type SetupOptions,
  TimeoutError,
  type Wrapper,
  waitFor,
} from 'rx-crochet'
import type { BehaviorSubject, InteropObservable, Observable, Subject } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import type * as withState from '../fixtures/modules/with-state.js'

interface Address {
  readonly host: string
}

const options = { timeout: 1_000 }

describe('what a function returns', () => {
  it('is unwrapped: Observables', () => {
    expectTypeOf<Emitted<Observable<Address>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<Subject<Address>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<BehaviorSubject<Address[]>>>().toEqualTypeOf<Address[]>()
    expectTypeOf<Emitted<Observable<void>>>().toEqualTypeOf<void>()
    expectTypeOf<Emitted<Observable<Address | undefined>>>().toEqualTypeOf<Address | undefined>()
  })

  it('is unwrapped: Observables of other libraries', () => {
    expectTypeOf<Emitted<InteropObservable<Address>>>().toEqualTypeOf<Address>()
  })

  it('is unwrapped: promises and thenables', () => {
    expectTypeOf<Emitted<Promise<Address>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<PromiseLike<Address>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<Promise<void>>>().toEqualTypeOf<void>()
  })

  it('is unwrapped: async iterables', () => {
    expectTypeOf<Emitted<AsyncIterable<Address>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<AsyncGenerator<Address, string, boolean>>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<AsyncIterableIterator<Address>>>().toEqualTypeOf<Address>()
  })

  it('is left as it is, if it is anything else', () => {
    expectTypeOf<Emitted<Address>>().toEqualTypeOf<Address>()
    expectTypeOf<Emitted<string>>().toEqualTypeOf<string>()
    expectTypeOf<Emitted<Address[]>>().toEqualTypeOf<Address[]>()
    expectTypeOf<Emitted<readonly [1, 'two']>>().toEqualTypeOf<readonly [1, 'two']>()
    expectTypeOf<Emitted<Map<string, Address>>>().toEqualTypeOf<Map<string, Address>>()
    expectTypeOf<Emitted<void>>().toEqualTypeOf<void>()
    expectTypeOf<Emitted<undefined>>().toEqualTypeOf<undefined>()
    expectTypeOf<Emitted<null>>().toEqualTypeOf<null>()
    expectTypeOf<Emitted<unknown>>().toEqualTypeOf<unknown>()
    expectTypeOf<Emitted<never>>().toEqualTypeOf<never>()
    expectTypeOf<Emitted<Uint8Array>>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<Emitted<Iterable<Address>>>().toEqualTypeOf<Iterable<Address>>()
  })

  it('is unwrapped member by member, if it is a union', () => {
    expectTypeOf<Emitted<Observable<string> | Promise<number> | boolean>>().toEqualTypeOf<string | number | boolean>()
    expectTypeOf<Emitted<AsyncIterable<Address> | null>>().toEqualTypeOf<Address | null>()
  })

  it('is unwrapped once: what a promise resolves to is a plain value', () => {
    expectTypeOf<Emitted<Observable<Promise<string>>>>().toEqualTypeOf<Promise<string>>()
  })
})

describe('a function', () => {
  type Lookup = (host: string, family?: 4 | 6, ...rest: boolean[]) => Observable<Address>

  it('keeps its parameters, and gives an EventualResult or the value', () => {
    expectTypeOf<Eventual<Lookup>>().toEqualTypeOf<
      (host: string, family?: 4 | 6, ...rest: boolean[]) => EventualResult<Address>
    >()
    expectTypeOf<Blocking<Lookup>>().toEqualTypeOf<(host: string, family?: 4 | 6, ...rest: boolean[]) => Address>()
  })

  it('has the same type, whether it returns an Observable, a promise or a plain value', () => {
    expectTypeOf<Blocking<(host: string) => Observable<Address>>>().toEqualTypeOf<(host: string) => Address>()
    expectTypeOf<Blocking<(host: string) => Promise<Address>>>().toEqualTypeOf<(host: string) => Address>()
    expectTypeOf<Blocking<(host: string) => Address>>().toEqualTypeOf<(host: string) => Address>()
  })
})

describe('a service', () => {
  const dns = {
    lookup: (host: string): Observable<Address> => {
      throw new Error(host)
    },
    reverse: async (ip: string): Promise<string[]> => [ip],
    size: (): number => 0,
    limit: 5,
    nested: { lookup: (): number => 0 },
  }
  type Dns = typeof dns

  it('has its functions, each unwrapped', () => {
    expectTypeOf<BlockingService<Dns>>().toEqualTypeOf<{
      readonly lookup: (host: string) => Address
      readonly reverse: (ip: string) => string[]
      readonly size: () => number
    }>()
    expectTypeOf<EventualService<Dns>>().toEqualTypeOf<{
      readonly lookup: (host: string) => EventualResult<Address>
      readonly reverse: (ip: string) => EventualResult<string[]>
      readonly size: () => EventualResult<number>
    }>()
  })

  it('is what blocking() and eventual() give', () => {
    expectTypeOf(blocking<Dns>('dns', options)).toEqualTypeOf<BlockingService<Dns>>()
    expectTypeOf(eventual<Dns>('dns')).toEqualTypeOf<EventualService<Dns>>()
    expectTypeOf(eventual<Dns>('dns', { defaultValue: undefined })).toEqualTypeOf<EventualService<Dns>>()
    expectTypeOf(blocking<Dns>(new URL('file:///dns.js'), options).lookup).returns.toEqualTypeOf<Address>()
  })

  it('has nothing that is no function', () => {
    expectTypeOf<keyof BlockingService<Dns>>().toEqualTypeOf<'lookup' | 'reverse' | 'size'>()
    expectTypeOf<keyof EventualService<Dns>>().toEqualTypeOf<'lookup' | 'reverse' | 'size'>()
  })

  it("has a class instance's public methods, inherited ones too, and no others", () => {
    class Base {
      inherited(): boolean {
        return true
      }
      protected kept(): void {}
    }
    class Counter extends Base {
      count = 0
      #secret = 1
      arrow = (): Promise<string> => Promise.resolve('')
      increment(by: number): Observable<number> {
        throw new Error(String(by + this.#secret + this.own()))
      }
      private own(): number {
        return 0
      }
      static make(): Counter {
        return new Counter()
      }
    }
    expectTypeOf<BlockingService<Counter>>().toEqualTypeOf<{
      readonly arrow: () => string
      readonly increment: (by: number) => number
      readonly inherited: () => boolean
    }>()
  })

  it("has a module's exported functions", () => {
    expectTypeOf<BlockingService<typeof withState>>().toEqualTypeOf<{
      readonly increment: (by?: number) => number
      readonly where: () => number
    }>()
    expectTypeOf(
      eventual<typeof import('../fixtures/modules/with-state.js')>(new URL('file:///x.js')).where,
    ).toEqualTypeOf<() => EventualResult<number>>()
  })

  it('has no class that a module exports: that cannot be called', () => {
    expectTypeOf<keyof BlockingService<{ Emitter: typeof EventEmitter; fn(): void }>>().toEqualTypeOf<'fn'>()
  })

  it('may be an interface', () => {
    interface Web {
      get(url: URL): Promise<string>
      readonly name: string
    }
    expectTypeOf<BlockingService<Web>>().toEqualTypeOf<{ readonly get: (url: URL) => string }>()
  })

  it('refuses wrong arguments, unknown functions and other properties', () => {
    const sync = blocking<Dns>('dns', options)
    const later = eventual<Dns>('dns')
    const uncalled = [
      // @ts-expect-error: the host is a string
      () => sync.lookup(5),
      // @ts-expect-error: the host is missing
      () => later.lookup(),
      // @ts-expect-error: there is one parameter
      () => sync.lookup('a', 'b'),
      // @ts-expect-error: there is no such function
      () => sync.resolve('a'),
      // @ts-expect-error: it is no function
      () => sync.limit,
      // @ts-expect-error: it is no function either
      () => later.nested.lookup(),
    ]
    expectTypeOf(uncalled).toBeArray()
  })

  it('refuses options that are none', () => {
    const uncalled = [
      // @ts-expect-error: a timeout must be given
      () => blocking<Dns>('dns'),
      // @ts-expect-error: a timeout must be given
      () => blocking<Dns>('dns', {}),
      // @ts-expect-error: a timeout is a number
      () => blocking<Dns>('dns', { timeout: '1000' }),
      // @ts-expect-error: `undefined` is no timeout
      () => blocking<Dns>('dns', { timeout: undefined }),
      // @ts-expect-error: `eventual` has no timeout; its `wait` has
      () => eventual<Dns>('dns', { timeout: 1_000 }),
      // @ts-expect-error: a service is a name or a URL
      () => eventual<Dns>(5),
    ]
    expectTypeOf(uncalled).toBeArray()
  })

  it('may have no type: then it has any name, and gives what is unknown', () => {
    const service = blocking('dns', options)
    expectTypeOf(service.anything).toEqualTypeOf<((...args: unknown[]) => unknown) | undefined>()
  })
})

describe('runInReactor() and waitFor()', () => {
  const meta = { ...import.meta, url: 'file:///types-of-runInReactor.js' }

  it('give a wrapper with the unwrapped type, which has the function itself', () => {
    const lookup = waitFor(meta, options, function lookup(host: string): Promise<Address> {
      return Promise.resolve({ host })
    })
    expectTypeOf(lookup).toExtend<Wrapper<(host: string) => Address, (host: string) => Promise<Address>>>()
    expectTypeOf(lookup).toBeCallableWith('example.org')
    expectTypeOf<ReturnType<typeof lookup>>().toEqualTypeOf<Address>()
    expectTypeOf(lookup.wrapped).toEqualTypeOf<(host: string) => Promise<Address>>()

    const refresh = runInReactor(meta, function refresh(count: number): Address[] {
      return new Array(count)
    })
    expectTypeOf<Parameters<typeof refresh>>().toEqualTypeOf<[count: number]>()
    expectTypeOf<ReturnType<typeof refresh>>().toEqualTypeOf<EventualResult<Address[]>>()
    expectTypeOf(refresh.wrapped).toEqualTypeOf<(count: number) => Address[]>()
  })

  it('take options in the middle', () => {
    const first = runInReactor(meta, { defaultValue: undefined, connectTimeout: 1 }, async function* first() {
      yield 1
    })
    expectTypeOf<ReturnType<typeof first>>().toEqualTypeOf<EventualResult<number>>()
  })

  it('refuse wrong arguments and options', () => {
    const uncalled = [
      // @ts-expect-error: a timeout must be given
      () => waitFor(meta, {}, function fn() {}),
      // @ts-expect-error: options must be given
      () => waitFor(meta, function fn() {}),
      // @ts-expect-error: `runInReactor` has no timeout
      () => runInReactor(meta, { timeout: 1 }, function fn() {}),
      // @ts-expect-error: a function must be given
      () => runInReactor(meta, {}),
      // @ts-expect-error: the argument is a number
      () => runInReactor(meta, (count: number) => count)('one'),
    ]
    expectTypeOf(uncalled).toBeArray()
  })
})

describe('an EventualResult', () => {
  type Result = EventualResult<Address>

  it('gives its value, now and as a promise', () => {
    expectTypeOf<Result['wait']>().toEqualTypeOf<(timeout: number) => Address>()
    expectTypeOf<Result['asPromise']>().toEqualTypeOf<() => Promise<Address>>()
    expectTypeOf<Result['settled']>().toEqualTypeOf<boolean>()
    expectTypeOf<Result['originalFailure']>().toEqualTypeOf<() => Failure | null>()
    expectTypeOf<Result['cancel']>().toEqualTypeOf<() => void>()
    expectTypeOf<Result>().toExtend<Disposable>()
  })

  it('is one of a wider value too', () => {
    expectTypeOf<EventualResult<'a'>>().toExtend<EventualResult<string>>()
    expectTypeOf<EventualResult<string>>().not.toExtend<EventualResult<'a'>>()
  })

  it('refuses to wait without a timeout', () => {
    const uncalled = (result: Result) => {
      // @ts-expect-error: a timeout must be given
      result.wait()
      // @ts-expect-error: a timeout is a number
      result.wait('1000')
    }
    expectTypeOf(uncalled).toBeFunction()
  })

  it('has a Failure that names the class that was found', () => {
    const check = (failure: Failure) => failure.check(TimeoutError)
    const trap = (failure: Failure) => failure.trap(TimeoutError)
    expectTypeOf(check).returns.toEqualTypeOf<typeof TimeoutError | null>()
    expectTypeOf(trap).returns.toEqualTypeOf<typeof TimeoutError>()
    expectTypeOf<Failure['value']>().toEqualTypeOf<unknown>()
  })
})

describe('the rest', () => {
  it('of createPool(): a Piscina, of the types given', () => {
    const untyped = (reactor: Reactor) => reactor.createPool({ filename: 'worker.js' })
    const typed = (reactor: Reactor) => reactor.createPool<string, Address>({ filename: 'worker.js' })
    expectTypeOf(untyped).returns.toEqualTypeOf<Piscina>()
    expectTypeOf(typed).returns.toEqualTypeOf<Piscina<string, Address>>()
    const uncalled = async (reactor: Reactor) => {
      expectTypeOf(await typed(reactor).run('example.org')).toEqualTypeOf<Address>()
      // @ts-expect-error: the task is a string
      await typed(reactor).run(5)
      // @ts-expect-error: Piscina has no such option
      reactor.createPool({ threads: 1 })
    }
    expectTypeOf(uncalled).toBeFunction()
  })

  it("of env: what Node's Worker takes, be it of createPool() or setup()", () => {
    type Env = NodeJS.ProcessEnv | typeof SHARE_ENV
    expectTypeOf<Env>().toExtend<NonNullable<SetupOptions['env']>>()
    expectTypeOf<Env>().toExtend<NonNullable<NonNullable<Parameters<Reactor['createPool']>[0]>['env']>>()
  })

  it('of move(): the type of what is moved', () => {
    expectTypeOf(move<Uint8Array>).toEqualTypeOf<(value: Uint8Array) => Uint8Array>()
    // @ts-expect-error: only objects can be moved
    const uncalled = () => move('text')
    expectTypeOf(uncalled).toBeFunction()
  })
})
