import { Reactor } from 'rx-crochet'
import { defer, firstValueFrom, NEVER, type Observable, of } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, expect, it, vi } from 'vitest'
import { market } from './market.js'
import { quote } from './quote.js'
import worth, { type Shares } from './worth.js'

afterEach(() => {
  vi.restoreAllMocks()
})

it('tests a reactive function by its `.wrapped`, without a thread', async () => {
  expect(await firstValueFrom(quote.wrapped('ACME'))).toBe(12)
})

it('tests what takes time in virtual time', () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
    answer(NEVER, cold('300ms #'), cold('20ms (a|)', { a: 9 }))
    // A timeout, a pause, an error, a pause, and then a price.
    expectObservable(quote.wrapped('ACME')).toBe('1s 500ms 300ms 500ms 20ms (a|)', { a: 9 })
  })
})

it('tests blocking code without a reactor', () => {
  expect(worth({ ACME: 2, BOLT: 3 }, (symbol) => symbol.length)).toBe(20)
})

it('tests both together, and says itself when calls run', async () => {
  const ask = answer(of(1), of(2))
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  await using reactor = new Reactor({ scheduler })
  const filename = new URL('./worth.js', import.meta.url).href
  const pool = reactor.createPool<Shares, number>({ filename, maxThreads: 1 })
  const sum = pool.run({ ACME: 1, BOLT: 1 })

  await callsOf(reactor, 1) // The thread sleeps, and its call waits for the scheduler.
  expect(ask).not.toHaveBeenCalled()
  scheduler.flush()
  await vi.waitUntil(() => ask.mock.calls.length === 1)
  await callsOf(reactor, 1)
  scheduler.flush()
  expect(await sum).toBe(3)
  expect(ask.mock.calls).toEqual([['ACME'], ['BOLT']])
})

/** What the market answers, the first time that it's subscribed to and so on. */
function answer(...answers: Observable<number>[]) {
  let asked = -1
  return vi.spyOn(market, 'ask').mockReturnValue(defer(() => answers[++asked] ?? NEVER))
}

async function callsOf(reactor: Reactor, count: number): Promise<void> {
  await vi.waitUntil(() => reactor.pending().length === count)
}
