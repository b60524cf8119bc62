import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionMemory } from '../../../lib/protocol/memory/connection-memory.js'
import { Phase } from '../../../lib/protocol/memory/phase.js'
import { Spin } from '../../../lib/protocol/memory/spin.js'
import type { Sleeper } from '../../fixtures/lifecycle-sleeper.js'
import { until } from '../../fixtures/lifecycle-support.js'

const ROOM = 7
const NEWS_WORD = 1
const FOREVER = Number.POSITIVE_INFINITY
/** In ms: a bound on a hang. */
const LOST = 10_000

type Action = 'abandon' | 'attach' | 'close' | 'detach' | 'stop' | 'leave' | 'orphan' | 'terminate' | 'release'
const actions: readonly Action[] = [
  'abandon',
  'attach',
  'close',
  'detach',
  'stop',
  'leave',
  'orphan',
  'terminate',
  'release',
]

function act(memory: ConnectionMemory, action: Action): boolean | undefined {
  switch (action) {
    case 'abandon':
      return memory.abandon()
    case 'attach':
      return memory.attach(ROOM, Spin.NEVER)
    case 'close':
      memory.close()
      return undefined
    case 'detach':
      memory.detach()
      return undefined
    case 'leave':
      memory.leave()
      return undefined
    case 'orphan':
      memory.orphan()
      return undefined
    case 'terminate':
      memory.terminate()
      return undefined
    case 'release':
      memory.release()
      return undefined
    case 'stop':
      memory.stop()
      return undefined
  }
}

function memoryAfter(...path: readonly Action[]): ConnectionMemory {
  const memory = ConnectionMemory.allocate()
  for (const action of path) act(memory, action)
  return memory
}

let workers: Worker[] = []

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()))
  workers = []
})

function sleeper(order: Sleeper): Worker {
  const transferList = 'port' in order ? [order.port] : []
  const worker = new Worker(new URL('../../fixtures/lifecycle-sleeper.js', import.meta.url), {
    workerData: order,
    transferList,
  })
  workers.push(worker)
  return worker
}

describe('the phase', () => {
  const paths = {
    ASKED: [[]],
    ABANDONED: [['abandon']],
    ATTACHED: [['attach']],
    CLOSING: [['attach', 'close']],
    DETACHED: [['detach'], ['attach', 'detach'], ['attach', 'close', 'detach']],
    STOPPED: [['attach', 'stop'], ['stop'], ['attach', 'close', 'stop']],
    GONE: [
      ['attach', 'stop', 'leave'],
      ['stop', 'orphan'],
      ['stop', 'terminate'],
    ],
    ORPHANED: [['orphan'], ['attach', 'orphan'], ['attach', 'close', 'orphan']],
    TERMINATED: [['terminate'], ['attach', 'terminate'], ['attach', 'close', 'terminate']],
    RELEASED: [
      ['attach', 'stop', 'release'],
      ['stop', 'release'],
    ],
    REPLACED: [
      ['stop', 'leave', 'release'],
      ['stop', 'release', 'leave'],
      ['orphan', 'release'],
      ['terminate', 'release'],
    ],
  } as const satisfies Record<keyof typeof Phase, readonly (readonly Action[])[]>

  /** Where each action leads; it leaves the phase as it is from where it is not named. */
  const leads: Record<Action, Partial<Record<keyof typeof Phase, keyof typeof Phase>>> = {
    abandon: { ASKED: 'ABANDONED' },
    attach: { ASKED: 'ATTACHED' },
    close: { ATTACHED: 'CLOSING' },
    detach: { ASKED: 'DETACHED', ATTACHED: 'DETACHED', CLOSING: 'DETACHED' },
    stop: { ASKED: 'STOPPED', ATTACHED: 'STOPPED', CLOSING: 'STOPPED' },
    leave: { STOPPED: 'GONE', RELEASED: 'REPLACED' },
    orphan: { ASKED: 'ORPHANED', ATTACHED: 'ORPHANED', CLOSING: 'ORPHANED', STOPPED: 'GONE', RELEASED: 'REPLACED' },
    terminate: {
      ASKED: 'TERMINATED',
      ATTACHED: 'TERMINATED',
      CLOSING: 'TERMINATED',
      STOPPED: 'GONE',
      RELEASED: 'REPLACED',
    },
    release: { STOPPED: 'RELEASED', GONE: 'REPLACED', ORPHANED: 'REPLACED', TERMINATED: 'REPLACED' },
  }
  const names = Object.keys(Phase) as (keyof typeof Phase)[] // `Phase` has no other keys
  const transitions = names.flatMap((from) =>
    actions.map((action) => {
      const to = leads[action][from] ?? from
      const returns = action === 'abandon' || action === 'attach' ? to !== from : undefined
      return [from, action, to, returns] as const
    }),
  )

  const rows = transitions.flatMap(([from, action, to, returns]) =>
    paths[from].map((path) => ({ from, by: ['allocate', ...path].join(', '), path, action, to, returns })),
  )

  it.each(rows)('$from (by $by) goes to $to by $action', ({ path, action, to, returns }) => {
    const memory = memoryAfter(...path)
    expect(act(memory, action)).toBe(returns)
    expect(memory.phase).toBe(Phase[to])
  })

  // That the reactor is about to stop changes nothing for a thread that sleeps.
  const silent: readonly Action[] = ['abandon', 'close']

  it.each(rows)(
    'from $from (by $by), $action is news just if the reactor ends something by it',
    ({ path, action, to, from }) => {
      const memory = memoryAfter(...path)
      const seen = memory.news
      act(memory, action)
      expect(memory.news - seen).toBe(from !== to && !silent.includes(action) ? 1 : 0)
    },
  )

  it('holds its invariants after every order of all actions', () => {
    const broken: string[] = []
    for (const order of orders(5)) {
      const memory = ConnectionMemory.allocate()
      const won: Action[] = []
      for (const action of order) {
        const { phase, news } = memory
        if (act(memory, action) === true) won.push(action)
        const room = won.includes('attach') ? ROOM : 1
        const isSilent = memory.phase !== phase || memory.news === news
        const holds = memory.phase >= phase && won.length <= 1 && memory.room === room && isSilent
        if (!holds) broken.push(`${order.join(', ')}: after ${action}`)
      }
    }
    expect(broken).toEqual([])
  })

  // But for the phase to which it leads this does what `orphan` does.
  const others = actions.filter((action) => action !== 'terminate')

  function* orders(length: number): Generator<readonly Action[]> {
    if (length === 0) return yield []
    for (const rest of orders(length - 1)) for (const action of others) yield [action, ...rest]
  }

  it.each(['attach', 'stop'] as const)(
    'is won by just one when a thread gives up and a reactor comes to %s',
    (action) => {
      const rounds = 1_000
      const memories = Array.from({ length: rounds }, () => ConnectionMemory.allocate())
      const turn = new Int32Array(new SharedArrayBuffer(4))
      const results = new Int32Array(new SharedArrayBuffer(4 * rounds))
      sleeper({ does: 'abandon', buffers: memories.map(({ buffer }) => buffer), turn, results })
      const reactorWon = memories.map((memory, index) => {
        Atomics.store(turn, 0, index + 1)
        Atomics.notify(turn, 0)
        // Now a little later, now a little earlier than a thread wakes.
        for (let step = 0; step < (index % 100) * 20; step++) Atomics.load(turn, 0)
        act(memory, action)
        const moved = memory.phase !== Phase.ABANDONED
        expect(Atomics.wait(results, index, 0, LOST)).not.toBe('timed-out')
        return moved
      })
      const threadWon = Array.from(results, (result) => result === 1)
      expect(threadWon).toEqual(reactorWon.map((won) => !won))
      const end = action === 'attach' ? Phase.ATTACHED : Phase.STOPPED
      expect(memories.map(({ phase }) => phase)).toEqual(reactorWon.map((won) => (won ? end : Phase.ABANDONED)))
    },
  )
})

describe('a sleeping thread', () => {
  it('misses no announcement, also when the counter wraps', () => {
    const last = 20_000
    const memory = ConnectionMemory.allocate()
    new Int32Array(memory.buffer)[NEWS_WORD] = 2 ** 31 - last / 2
    const { port1, port2 } = new MessageChannel()
    const heard = new Int32Array(new SharedArrayBuffer(4))
    sleeper({ does: 'hear', buffer: memory.buffer, port: port2, heard, last })
    for (let message = 1; message <= last; message++) {
      port1.postMessage(message)
      memory.announce()
      // The thread is then between its last look and its sleep, which is where a wake-up could be lost.
      while (Atomics.load(heard, 0) < message) {
        if (Atomics.wait(heard, 0, message - 1, LOST) === 'timed-out') expect.fail(`lost announcement ${message}`)
      }
    }
    expect(memory.news).toBe(-(2 ** 31) + last / 2)
    port1.close()
  })

  it.each([
    ['attach', [], Phase.ATTACHED],
    ['detach', ['attach'], Phase.DETACHED],
    ['stop', ['attach'], Phase.STOPPED],
    ['stop', [], Phase.STOPPED],
  ] as const)('wakes by %s, after [%s]', async (action, path, phase) => {
    const memory = memoryAfter(...path)
    const thread = sleeper({ does: 'await phase', buffer: memory.buffer, callId: 1 })
    await until(() => memory.isAsleepOn(1))
    act(memory, action)
    expect(await once(thread, 'message')).toEqual([phase])
  })

  it.each([
    ['the first', 1],
    ['one whose id has 31 bits', 2 ** 31 - 1],
    ['one whose id has 32 bits', 2 ** 31],
    ['one whose id has more', 2 ** 40 + 5],
  ])('tells which call it sleeps on: %s', async (_, callId) => {
    const memory = memoryAfter('attach')
    sleeper({ does: 'await phase', buffer: memory.buffer, callId })
    await until(() => memory.isAsleepOn(callId))
    expect([callId - 1, callId + 1].map((other) => memory.isAsleepOn(other))).toEqual([false, false])
  })

  it('tells that it is awake', async () => {
    const memory = memoryAfter('attach')
    const thread = sleeper({ does: 'await phase', buffer: memory.buffer, callId: 1 })
    await until(() => memory.isAsleepOn(1))
    memory.stop()
    await once(thread, 'message')
    expect(memory.isAsleepOn(1)).toBe(false)
  })

  it.each([
    ['there was news before', (memory: ConnectionMemory) => memory.watch(memory.news - 1, 1), true],
    ['there was none', (memory: ConnectionMemory) => memory.watch(memory.news, 1), false],
  ])('may look for news before: %s', (_, watch, found) => {
    expect(watch(memoryAfter('attach'))).toBe(found)
  })

  it.each([
    ['there was news since it looked', (memory: ConnectionMemory) => memory.sleep(memory.news - 1, FOREVER, 1)],
    ['its time is over', (memory: ConnectionMemory) => memory.sleep(memory.news, 0, 1)],
  ])('does not sleep if %s', (_, sleep) => {
    const memory = memoryAfter('attach')
    sleep(memory)
    expect(memory.isAsleepOn(1)).toBe(false)
  })
})

describe('the room', () => {
  it('is one call until a reactor accepts the thread', () => {
    expect(memoryAfter().room).toBe(1)
  })

  it('is what the reactor says when it accepts the thread', () => {
    expect(memoryAfter('attach').room).toBe(ROOM)
  })

  it('is not for a second reactor to change', () => {
    const memory = memoryAfter('attach')
    memory.attach(ROOM + 1, Spin.NEVER)
    expect(memory.room).toBe(ROOM)
  })
})

describe('received()', () => {
  it('shares the state of what was allocated', () => {
    const sent = ConnectionMemory.allocate()
    ConnectionMemory.received(sent.buffer)?.attach(ROOM, Spin.NEVER)
    expect([sent.phase, sent.room]).toEqual([Phase.ATTACHED, ROOM])
  })

  const { byteLength } = ConnectionMemory.allocate().buffer
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', byteLength],
    ['an object', { byteLength }],
    ['memory that is not shared', new ArrayBuffer(byteLength)],
    ['a view of shared memory', new Int32Array(new SharedArrayBuffer(byteLength))],
    ['no bytes', new SharedArrayBuffer(0)],
    ['a byte too few', new SharedArrayBuffer(byteLength - 1)],
    ['a word too many', new SharedArrayBuffer(byteLength + 4)],
  ])('refuses %s', (_, buffer) => {
    expect(ConnectionMemory.received(buffer)).toBeUndefined()
  })
})
