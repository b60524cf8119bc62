import { setImmediate as nextTurn } from 'node:timers/promises'
import { eventual, Reactor, ReactorStopped } from 'rx-crochet'
import { firstValueFrom, NEVER, Observable } from 'rxjs'
import { expect, it } from 'vitest'
import { Deferred, type Outcome, tasks, until } from '../fixtures/lifecycle-support.js'
import type { Sending } from '../fixtures/lifecycle-tasks.js'

const shutdownTasks = new URL('../fixtures/shutdown-tasks.js', import.meta.url).href

it('maxPending is 65,536 unless it is given', async () => {
  const started = new Deferred()
  let calls = 0
  const hang = (): Observable<never> => {
    calls += 1
    if (calls === 65_536) started.resolve()
    return NEVER
  }
  const small = new Reactor()
  small.expose('svc', { hang })
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const outcomes: Promise<Outcome[]> = small
    .createPool({ filename: tasks, maxThreads: 1 })
    .run({ count: 65_537, sent } satisfies Sending, { name: 'sends' })
  await started.promise
  await until(() => Atomics.load(sent, 0) === 65_536)
  await small.stop({ drainTimeout: 60_000 })
  expect(await outcomes).toHaveLength(65_537)
  expect(calls).toBe(65_536)
})

it('a stop unsubscribes a hundred thousand calls, and the loop turns meanwhile', async () => {
  const [remote, own] = [60_000, 40_000]
  await using reactor = new Reactor({ maxPending: remote, logLevel: 'silent' })
  let [subscribed, unsubscribed] = [0, 0]
  const hang = new Observable(() => {
    subscribed += 1
    return () => {
      unsubscribed += 1
    }
  })
  reactor.expose('svc', { hang: () => hang })
  const pool = reactor.createPool({ filename: shutdownTasks, maxThreads: 1 })
  const stoppedRemote = pool.run(remote, { name: 'holdsMany' })
  const local = eventual<{ hang(): unknown }>('svc')
  const stoppedOwn = Array.from({ length: own }, () => local.hang())
  await until(() => subscribed === remote + own)
  let turned = 0
  let over = false
  const counting = (async () => {
    for (; !over; turned++) await nextTurn()
  })()
  const stopped = reactor.stop({ drainTimeout: 60_000 })
  await firstValueFrom(reactor.shutdown$)
  over = true
  await counting
  expect(turned).toBeGreaterThan(1)
  expect(unsubscribed).toBe(remote + own)
  expect(await stopped).toMatchObject({ interrupted: remote + own, drained: 1, terminated: 0 })
  expect(await stoppedRemote).toBe(remote)
  expect(stoppedOwn.every((one) => one.originalFailure()?.value instanceof ReactorStopped)).toBe(true)
})
