import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import { Sender } from '../../lib/protocol/sender.js'
import { Inbox } from '../../lib/reactor/inbox.js'
import { MainLoopScheduler, TIME_SLICE } from '../../lib/reactor/main-loop-scheduler.js'
import { Vigil } from '../../lib/reactor/vigil.js'
import { until } from '../fixtures/until.js'

let far: MessagePort
let sender: Sender
let near: MessagePort
let mainLoop: MainLoopScheduler
let received: unknown[]
/** What the inbox told in place of a message. */
let unreadable: unknown[]
let inbox: Inbox
let vigil: Vigil
/** Called with each message, after it was noted. */
let onReceive: (message: unknown) => void
let sent: number

function open(): void {
  const { port1, port2 } = new MessageChannel()
  far = port1
  const memory = ConnectionMemory.allocate()
  sender = new Sender(far, memory.requests)
  vigil = new Vigil(true)
  near = port2
  mainLoop = new MainLoopScheduler()
  received = []
  unreadable = []
  sent = 0
  onReceive = () => undefined
  inbox = new Inbox(
    near,
    memory,
    { mainLoop, vigil },
    {
      receive: (message) => {
        const [, number] = message as [string, unknown] // as it is sent here
        received.push(number)
        onReceive(number)
      },
      hasUnfinished: () => false,
      unreadable: (cause) => unreadable.push(cause),
    },
  )
}

function post(count: number): void {
  for (let left = count; left > 0; left--) sender.send(['number', sent++])
}

/** Takes longer than a slice: what is behind it in line waits for another turn of the loop. */
function takeASlice(): void {
  const end = performance.now() + 1.1 * TIME_SLICE
  while (performance.now() < end);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, nth) => nth)
const readRest = (): void => {
  for (const _ of inbox.rest());
}

/** Until what was posted has been received, and then for some turns more: nothing may come twice. */
async function settle(): Promise<void> {
  await until(() => received.length >= sent)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
}

beforeEach(open)
afterEach(() => far.close())

describe('an inbox', () => {
  it.each([1, 2, 3, 10, 5_000])('receives what is posted, in order, each once: %i at once', async (count) => {
    post(count)
    await settle()
    expect(received).toEqual(numbers(count))
  })

  it('looks ahead at what is behind a message, which is received in its turn all the same', async () => {
    let ahead: unknown
    onReceive = (number) => {
      if (number === 0) ahead = [inbox.lookAhead(), inbox.lookAhead()]
      if (number === 2) ahead = [ahead, inbox.lookAhead()]
    }
    post(3)
    await until(() => received.length === 3)
    expect(ahead).toEqual([
      [
        ['number', 1],
        ['number', 1],
      ],
      undefined,
    ])
    expect(received).toEqual([0, 1, 2])
  })

  it('has more to be read as long as what it has looked ahead at is left', async () => {
    let hasMore: boolean | undefined
    onReceive = (number) => {
      if (number !== 0) return
      inbox.lookAhead()
      hasMore = inbox.hasMore
    }
    post(2)
    await until(() => received.length === 2)
    expect(hasMore).toBe(true)
  })

  it('knows since when what it reads may have been there', async () => {
    const before = inbox.emptyAt
    let whileReading: number | undefined
    onReceive = () => {
      whileReading = inbox.emptyAt
    }
    post(1)
    await until(() => inbox.emptyAt > before)
    expect({ received, whileReading }).toEqual({ received: [0], whileReading: before })
  })

  it('receives what is posted in separate turns of the loop', async () => {
    for (let turn = 0; turn < 50; turn++) {
      post(turn % 4)
      await nextTurn()
    }
    await settle()
    expect(received).toEqual(numbers(sent))
  })

  it('tells its vigil when it closes', () => {
    const told = vi.spyOn(vigil, 'forget')
    inbox.close()
    expect(told).toHaveBeenCalledWith(inbox)
  })

  it('tells its vigil of each message that it reads', async () => {
    const told = vi.spyOn(vigil, 'received')
    post(20)
    await settle()
    expect(told.mock.calls).toEqual(Array.from({ length: 20 }, () => [inbox]))
  })

  it('receives what is posted while it receives', async () => {
    onReceive = () => {
      if (sent < 300) post(2)
    }
    post(1)
    await settle()
    expect(received).toEqual(numbers(sent))
  })

  it('keeps the order of those that come one a turn, while others wait in line', async () => {
    let isOver = false
    const work = (): void => {
      takeASlice()
      if (!isOver) mainLoop.schedule(work)
    }
    for (let count = 0; count < 4; count++) mainLoop.schedule(work)
    for (let turn = 0; turn < 20; turn++) {
      post(1)
      await nextTurn()
    }
    isOver = true
    await settle()
    expect(received).toEqual(numbers(20))
  })

  it('takes turns with the other work in line', async () => {
    const order: string[] = []
    const { port1, port2 } = new MessageChannel()
    const memory = ConnectionMemory.allocate()
    const other = new Sender(port1, memory.requests)
    new Inbox(
      port2,
      memory,
      { mainLoop, vigil },
      { hasUnfinished: () => false, receive: () => order.push('other'), unreadable: () => undefined },
    )
    onReceive = () => order.push('this')
    post(2_000)
    for (let nth = 0; nth < 2_000; nth++) other.send(['number', nth])
    await until(() => order.length === 4_000)
    const longest =
      order
        .join(' ')
        .match(/(this ?)+|(other ?)+/g)
        ?.map((run) => run.trim().split(' ').length) ?? []
    // The first of them may be alone for a turn of the loop; after that neither gets more than its turn, and one in hand.
    expect(longest.filter((run) => run > 2).length).toBeLessThanOrEqual(2)
    port1.close()
  })

  it('gives the loop back while thousands of messages wait', async () => {
    let turns = 0
    onReceive = () => {
      const end = performance.now() + 0.05
      while (performance.now() < end);
    }
    post(500)
    while (received.length < 500) {
      await nextTurn()
      turns += 1
    }
    expect(turns).toBeGreaterThan(5)
  })

  it('says that it has more while messages wait for their turns, and no more', async () => {
    expect(inbox.hasMore).toBe(false)
    const seen: boolean[] = []
    onReceive = () => seen.push(inbox.hasMore)
    mainLoop.schedule(() => undefined)
    post(3)
    await settle()
    expect(inbox.hasMore).toBe(false)
    expect(seen).toHaveLength(3)
  })

  it.each([1, 2, 10])('goes on to the next, and says so, if receiving one throws: %i at once', async (count) => {
    onReceive = (message) => {
      throw message
    }
    for (let round = 0; round < 3; round++) {
      post(count)
      await settle()
    }
    expect(received).toEqual(numbers(3 * count))
    expect(unreadable).toEqual(received)
  })

  it('is told by its line that more has come, when other work comes before it', async () => {
    let hadMore = false
    const look = (): void => {
      hadMore ||= inbox.hasMore
      if (received.length < 2) mainLoop.schedule(look)
    }
    mainLoop.schedule(look)
    post(2)
    await settle()
    expect(hadMore).toBe(true)
  })
})

describe('rest()', () => {
  it.each([0, 1, 2, 1_000])('receives all that was posted at once, in order: %i', async (count) => {
    post(count)
    readRest()
    expect(received).toEqual(numbers(count))
    await settle()
    expect(received).toEqual(numbers(count))
  })

  it('receives one message a step', () => {
    post(3)
    const rest = inbox.rest()
    const counts: number[] = []
    while (!rest.next().done) counts.push(received.length)
    expect(counts).toEqual([1, 2, 3])
  })

  it('receives what is posted between its steps', () => {
    post(1)
    for (const _ of inbox.rest()) if (sent < 100) post(1)
    expect(received).toEqual(numbers(100))
  })

  it('goes on to the next, and says so, if receiving one throws', async () => {
    onReceive = (message) => {
      throw message
    }
    post(3)
    readRest()
    expect(unreadable).toEqual(numbers(3))
    post(2)
    await settle()
    expect(received).toEqual(numbers(5))
  })

  it('leaves the inbox listening', async () => {
    for (let round = 0; round < 5; round++) {
      post(3)
      readRest()
      post(1)
      await settle()
    }
    expect(received).toEqual(numbers(20))
  })

  it.each([1, 2, 7])('may be called from within receive, of each %ith message', async (nth) => {
    onReceive = (message) => {
      if (Number(message) % nth === 0) readRest()
    }
    for (let round = 0; round < 20; round++) {
      post(round % 5)
      if (round % 3 === 0) await nextTurn()
    }
    await settle()
    post(10)
    await settle()
    expect(received).toEqual(numbers(sent))
  })

  it('may be called from within receive, when messages take turns', async () => {
    let isFirst = true
    onReceive = (message) => {
      if (Number(message) === 2 && isFirst) {
        isFirst = false
        readRest()
      }
    }
    post(10)
    await settle()
    post(10)
    await settle()
    expect(received).toEqual(numbers(20))
    expect(near.listenerCount('message')).toBe(1)
  })

  it('reads what is in hand behind other work in line', async () => {
    // The line is never empty, so what has come is fetched and waits.
    let isOver = false
    const work = (): void => {
      takeASlice()
      if (!isOver) mainLoop.schedule(work)
    }
    for (let count = 0; count < 5; count++) mainLoop.schedule(work)
    post(1)
    await until(() => inbox.hasMore)
    expect(received).toEqual([])
    post(4)
    readRest()
    isOver = true
    expect(received).toEqual(numbers(5))
    await settle()
    expect(received).toEqual(numbers(5))
  })
})

type Step =
  | { readonly do: 'post'; readonly count: number }
  | { readonly do: 'turn' }
  | { readonly do: 'rest' }
  | { readonly do: 'begin rest'; readonly steps: number }
  | { readonly do: 'go on'; readonly steps: number }
  | { readonly do: 'other work'; readonly count: number }
  | { readonly do: 'rest within receive' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('post' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
  fc.constant({ do: 'rest' as const }),
  fc.record({ do: fc.constant('begin rest' as const), steps: fc.nat(3) }),
  fc.record({ do: fc.constant('go on' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('other work' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.constant({ do: 'rest within receive' as const }),
)

describe('the order of messages', () => {
  it('is kept, and each comes once, in whatever order an inbox listens, takes turns and reads the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        open()
        let isDue = false
        /** A `rest()` under way, as in a shutdown; what happens meanwhile may read the rest too. */
        let rest: Generator<void, void> | undefined
        onReceive = () => {
          if (!isDue) return
          isDue = false
          readRest()
        }
        const advance = (count: number): void => {
          for (let left = count; left > 0 && rest !== undefined; left--) if (rest.next().done) rest = undefined
        }
        for (const one of steps) {
          switch (one.do) {
            case 'post':
              post(one.count)
              break
            case 'turn':
              await nextTurn()
              break
            case 'rest':
              readRest()
              break
            case 'begin rest':
              rest ??= inbox.rest()
              advance(one.steps)
              break
            case 'go on':
              advance(one.steps)
              break
            case 'other work':
              for (let left = one.count; left > 0; left--) mainLoop.schedule(takeASlice)
              break
            case 'rest within receive':
              isDue = true
              break
          }
        }
        while (rest !== undefined) advance(1)
        await settle()
        expect(received).toEqual(numbers(sent))
        // And it listens still.
        post(2)
        await settle()
        expect(received).toEqual(numbers(sent))
        expect(near.listenerCount('message')).toBe(1)
        far.close()
      }),
      { numRuns: 150 },
    )
  })
})
