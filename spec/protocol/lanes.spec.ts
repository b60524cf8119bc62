import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import type { RingMemory } from '../../lib/protocol/memory/ring-memory.js'
import { type Received, Receiver } from '../../lib/protocol/receiver.js'
import { LOOK, Sender } from '../../lib/protocol/sender.js'
import { Inbox } from '../../lib/reactor/inbox.js'
import { MainLoopScheduler } from '../../lib/reactor/main-loop-scheduler.js'
import { Vigil } from '../../lib/reactor/vigil.js'
import { contentOf } from '../fixtures/lanes-flooder.js'
import { until } from '../fixtures/until.js'

const FLOOD = 30_000

let far: MessagePort
let near: MessagePort
let memory: RingMemory
let sender: Sender
let receiver: Receiver
/** What the sender posts in the port beside what the ring has. */
let posted: number

function open(lane = ''): void {
  vi.stubEnv('RX_CROCHET_LANE', lane)
  const { port1, port2 } = new MessageChannel()
  far = port1
  near = port2
  memory = ConnectionMemory.allocate().requests
  sender = new Sender(far, memory)
  receiver = new Receiver(near, memory)
  const post = far.postMessage.bind(far)
  posted = 0
  far.postMessage = (message: unknown, transfer?: readonly (ArrayBuffer | MessagePort)[]) => {
    post(message, transfer as ArrayBuffer[]) // the same; its type has it mutable
    posted += 1
  }
}

function rest(): unknown[] {
  const messages: unknown[] = []
  for (let next = receiver.next(); next !== undefined; next = receiver.next()) messages.push(next.message)
  return messages
}

function close(): void {
  far.close()
  near.close()
}

beforeEach(() => open())
afterEach(() => {
  close()
  vi.unstubAllEnvs()
})

describe('a sender and a receiver', () => {
  it('keep the order, lose nothing and double nothing, whatever goes by which lane, and whenever who reads looks', () => {
    type Step = 'small' | 'large' | 'transferring' | 'not plain' | 'fails' | 'stranger' | 'take' | 'event' | 'flip'
    const steps: fc.Arbitrary<Step> = fc.constantFrom(
      ...(['small', 'small', 'large', 'transferring', 'not plain', 'fails', 'stranger'] as const),
      ...(['take', 'take', 'event', 'flip'] as const),
    )
    fc.assert(
      fc.property(fc.array(steps, { size: '+2' }), fc.constantFrom('', 'general', 'fast'), (all, lane) => {
        open(lane)
        let sent = 0
        const strangers = { sent: 0, received: 0 }
        const received: unknown[] = []
        const note = ({ message }: Received): void => {
          if (message === undefined) strangers.received += 1
          else received.push((message as unknown[])[1]) // as it is sent here
        }
        for (const step of all) {
          switch (step) {
            case 'small':
              sender.send(['number', sent++])
              break
            case 'large':
              sender.send(['number', sent++, 'x'.repeat(5_000)])
              break
            case 'not plain':
              sender.send(['number', sent++, undefined])
              break
            case 'transferring': {
              const bytes = new ArrayBuffer(8)
              sender.send(['number', sent++, bytes], [bytes])
              break
            }
            case 'fails':
              expect(() => sender.send(['number', sent, () => undefined])).toThrow(/cloned/)
              break
            case 'stranger':
              far.postMessage({ strange: strangers.sent++ })
              break
            case 'take': {
              const next = receiver.next()
              if (next === undefined) expect(received).toHaveLength(sent)
              else note(next)
              break
            }
            case 'event':
              // As the port hands out the first that it has.
              receiver.receive()
              break
            case 'flip':
              memory.isWatched = !memory.isWatched
              break
          }
        }
        for (let next = receiver.next(); next !== undefined; next = receiver.next()) note(next)
        expect(received).toEqual(Array.from({ length: sent }, (_, nth) => nth))
        expect(strangers.received).toBe(strangers.sent)
        expect(receiver.hasMore).toBe(false)
        close()
      }),
      { numRuns: 300 },
    )
  })

  it('keep the order of what a getter sends while it is read, with what is read', () => {
    memory.isWatched = true
    const getting = (text: string) => ({
      get a() {
        sender.send([text])
        return 1
      },
    })
    sender.send(['first', getting('in first')])
    sender.send(['second', getting('in second')])
    sender.send(['third'])
    expect(rest().map((message) => (message as unknown[])[0])).toEqual([
      'in first',
      'first',
      'in second',
      'second',
      'third',
    ])
  })

  it('go on after a message in the ring that was overwritten', () => {
    memory.isWatched = true
    sender.send(['lost'])
    memory.bytes.fill(0xff, 0, 4)
    expect(() => receiver.next()).toThrow('overwritten')
    for (let nth = 0; nth < 3; nth++) sender.send(['number', nth, nth === 1 ? undefined : 1])
    expect(rest()).toEqual([
      ['number', 0, 1],
      ['number', 1, undefined],
      ['number', 2, 1],
    ])
  })

  it('keep the order when positions are taken by the port and the ring in turn, more often than the ring has room', () => {
    memory.isWatched = true
    const messages = Math.ceil((2 * memory.bytes.length) / 100)
    for (let nth = 0; nth < messages; nth++) sender.send(['number', nth, 'x'.repeat(100)])
    expect(posted).toBeGreaterThan(0)
    expect(posted).toBeLessThan(messages)
    expect(rest().map((message) => (message as unknown[])[1])).toEqual(
      Array.from({ length: messages }, (_, nth) => nth),
    )
  })
})

describe('a sender', () => {
  it('puts nothing on the port while who reads watches, and there is room', () => {
    memory.isWatched = true
    sender.send(['a'])
    expect(posted).toBe(0)
    expect(rest()).toEqual([['a']])
  })

  it('puts nothing in the ring while who reads does not watch', () => {
    sender.send(['a'])
    expect(memory.written).toBe(0)
    expect(rest()).toEqual([['a']])
  })

  it('says on the port that there is something in the ring, if who reads has stopped watching meanwhile', () => {
    const looks = vi.spyOn(memory, 'isWatched', 'get')
    looks.mockReturnValueOnce(true).mockReturnValueOnce(false)
    const post = vi.spyOn(far, 'postMessage')
    sender.send(['a'])
    expect(post.mock.calls).toEqual([[LOOK]])
    expect(rest()).toEqual([['a']])
  })

  it('uses the port alone over the general lane', () => {
    open('general')
    memory.isWatched = true
    sender.send(['a'])
    expect([memory.written, posted]).toEqual([0, 1])
    expect(rest()).toEqual([['a']])
  })

  it('uses the ring over the fast lane for all that it can carry, and says so to who does not watch', () => {
    open('fast')
    sender.send(['a'])
    sender.send(['b', undefined])
    memory.isWatched = true
    sender.send(['c'])
    expect(memory.written).toBeGreaterThan(0)
    expect(posted).toBe(2)
    expect(rest()).toEqual([['a'], ['b', undefined], ['c']])
  })
})

describe('an inbox', () => {
  it('reads what is written right before it sleeps, by a sender that still saw it watch', async () => {
    const mainLoop = new MainLoopScheduler()
    const received: unknown[] = []
    let written = 0
    const memory = ConnectionMemory.allocate()
    const { requests } = memory
    const other = new Sender(far, requests)
    const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(requests), 'isWatched')?.set
    Object.defineProperty(requests, 'isWatched', {
      get: () => Reflect.get(Object.getPrototypeOf(requests), 'isWatched', requests),
      set: (isWatched: boolean) => {
        if (!isWatched && written === 0) {
          other.send(['late'])
          written = requests.written
        }
        set?.call(requests, isWatched)
      },
    })
    const listener = {
      hasUnfinished: () => false,
      receive: (message: unknown) => received.push(message),
      unreadable: () => undefined,
    }
    const inbox = new Inbox(near, memory, { mainLoop, vigil: new Vigil(true) }, listener)
    other.send(['first', undefined])
    await until(() => received.length === 2)
    inbox.close()
    expect(received).toEqual([['first', undefined], ['late']])
    expect(written).toBeGreaterThan(0) // not by the port
  })
})

describe('a thread that sends as fast as it can', () => {
  it.each(['', 'general', 'fast'])('loses nothing on its way to an inbox, over lane `%s`', async (lane) => {
    vi.stubEnv('RX_CROCHET_LANE', lane)
    const { port1, port2 } = new MessageChannel()
    const connection = ConnectionMemory.allocate()
    const seen = new SharedArrayBuffer(8)
    const mainLoop = new MainLoopScheduler()
    const vigil = new Vigil(true)
    const told = { wake: 0, sleep: 0 }
    let count = 0
    let wrong: unknown
    let isDone = false
    const inbox = new Inbox(
      port2,
      connection,
      { mainLoop, vigil },
      {
        receive: (message) => {
          if (message === undefined) {
            isDone = true
            return
          }
          const [, nth, content] = message as [string, number, unknown] // as the flooder sends it
          if (nth !== count || !isContentOf(nth, content)) wrong ??= message
          count += 1
        },
        hasUnfinished: () => false,
        unreadable: (cause) => {
          wrong ??= cause
        },
      },
    )
    const { wake, sleep } = inbox
    inbox.wake = () => {
      told.wake += 1
      wake.call(inbox)
    }
    inbox.sleep = () => {
      told.sleep += 1
      sleep.call(inbox)
    }
    const flooder = new Worker(new URL('../fixtures/lanes-flooder.js', import.meta.url), {
      workerData: { port: port1, buffer: connection.buffer, count: FLOOD, seen },
      transferList: [port1],
    })
    const exit = once(flooder, 'exit')
    await until(() => isDone || wrong !== undefined)
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    inbox.close()
    await exit
    expect(wrong).toBeUndefined()
    const [watched = 0, unwatched = 0] = new Int32Array(seen)
    expect(count).toBe(watched + unwatched)
    expect(count).toBeGreaterThanOrEqual(FLOOD)
    // It fell asleep and woke, and was seen both ways.
    expect(Math.min(told.wake, told.sleep, watched, unwatched)).toBeGreaterThan(0)
  })
})

function isContentOf(nth: number, content: unknown): boolean {
  if (nth % 97 === 0) return content instanceof ArrayBuffer
  return JSON.stringify(content) === JSON.stringify(contentOf(nth))
}
