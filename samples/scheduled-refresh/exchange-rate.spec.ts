import { NEVER } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { ExchangeRate } from './exchange-rate.js'

const dollars = { a: 1, b: 2, c: 3 }
let scheduler: TestScheduler

beforeEach(() => {
  scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
})

describe('the exchange rate', () => {
  it('is asked for once a period', () =>
    scheduler.run(({ cold, hot, expectObservable }) => {
      const answers = ['---(a|)', '---(b|)', '---(c|)'].map((marbles) => cold(marbles, dollars))
      const rate = new ExchangeRate(() => answers.shift() ?? NEVER, 10, hot('------------------------------e'))
      expectObservable(rate.latest()).toBe('---a---------b---------c------|', dollars)
    }))

  it('is not asked for anew while the market is thinking', () =>
    scheduler.run(({ cold, expectObservable }) => {
      const rate = new ExchangeRate(() => cold('---------------(a|)', dollars), 10, cold('------------------e'))
      expectObservable(rate.latest()).toBe('---------------a--|', dollars)
    }))

  it('is known at once to who comes later', () =>
    scheduler.run(({ cold, expectObservable }) => {
      const rate = new ExchangeRate(() => cold('-(a|)', dollars), 10, cold('--------e'))
      expectObservable(rate.latest(), '-----^').toBe('-----a--|', dollars)
    }))

  it('stays what it was while the market fails, which is asked again a period later', () =>
    scheduler.run(({ cold, expectObservable }) => {
      const answers = ['(a|)', '-#', '(b|)'].map((marbles) => cold(marbles, dollars))
      const rate = new ExchangeRate(() => answers.shift() ?? NEVER, 10, cold('-------------------------e'))
      expectObservable(rate.latest()).toBe('a--------------------b---|', dollars)
    }))
})
