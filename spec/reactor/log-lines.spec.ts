import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'rx-crochet'
import { beforeEach, describe, expect, it } from 'vitest'
import { Log } from '../../lib/reactor/log.js'
import { LogLines } from '../../lib/reactor/log-lines.js'
import { TIME_SLICE } from '../../lib/reactor/main-loop-scheduler.js'
import { until } from '../fixtures/until.js'

/** What happened, in order: messages that were written, and what the spec adds. */
let events: string[]
let lines: LogLines

beforeEach(() => {
  events = []
  lines = linesTo((message) => events.push(message))
})

function linesTo(write: (message: string) => unknown): LogLines {
  const method = (_: object, message: string): void => void write(message)
  const logger: Logger = { debug: method, info: method, warn: method, error: method, child: () => logger }
  return new LogLines(new Log(logger, undefined))
}

function add(...messages: readonly string[]): void {
  for (const message of messages) {
    lines.add({ level: 'warn', message, details: {} }, () => events.push(`${message} written`))
  }
}

/** Holds the loop for longer than a slice. */
function slowly(message: string): void {
  const end = performance.now() + 2 * TIME_SLICE
  while (performance.now() < end);
  events.push(message)
}

/** Notes each turn of the loop, until there are so many events. */
async function turnsUntil(count: number): Promise<void> {
  while (events.length < count) {
    await nextTurn()
    events.push('turn')
  }
}

const inOrder = (...messages: readonly string[]): string[] =>
  messages.flatMap((message) => [message, `${message} written`])

describe('lines for the log', () => {
  it('are not written in the turn in which they come', async () => {
    add('a')
    expect(events).toEqual([])
    await until(() => events.length === 2)
  })

  it('are written in order, and each is reported when the logger has had it', async () => {
    add('a', 'b', 'c')
    await until(() => events.length === 6)
    expect(events).toEqual(inOrder('a', 'b', 'c'))
  })

  it('that come later are written too', async () => {
    add('a')
    await until(() => events.length === 2)
    await nextTurn()
    add('b')
    await until(() => events.length === 4)
    expect(events).toEqual(inOrder('a', 'b'))
  })

  it('that a line brings about are written behind those that wait', async () => {
    lines = linesTo((message) => {
      events.push(message)
      if (message === 'a') add('of a')
    })
    add('a', 'b')
    await until(() => events.length === 6)
    expect(events).toEqual(inOrder('a', 'b', 'of a'))
  })

  it('leave the loop a turn between two when the logger is slow', async () => {
    lines = linesTo(slowly)
    add('a', 'b', 'c')
    await turnsUntil(9)
    const between = events.slice(events.indexOf('a'), events.indexOf('c written') + 1)
    expect(between.join(', ')).toMatch(/^a, a written(, turn)+, b, b written(, turn)+, c, c written$/)
  })

  it('are reported though the logger throws', async () => {
    lines = linesTo(() => {
      throw new Error('disk full')
    })
    add('a', 'b')
    await until(() => events.length === 2)
    expect(events).toEqual(['a written', 'b written'])
  })
})

describe('flush()', () => {
  it('writes at once what waits, in order', () => {
    add('a', 'b')
    lines.flush()
    expect(events).toEqual(inOrder('a', 'b'))
  })

  it('writes the rest of what is written in slices, and nothing twice', async () => {
    lines = linesTo(slowly)
    add('a', 'b', 'c', 'd')
    await until(() => events.length > 0)
    lines.flush()
    expect(events).toEqual(inOrder('a', 'b', 'c', 'd'))
    add('e')
    await until(() => events.length === 10)
    expect(events).toEqual(inOrder('a', 'b', 'c', 'd', 'e'))
  })

  it('leaves out the line that is being written: a logger may end the process', () => {
    lines = linesTo((message) => {
      events.push(message)
      if (message === 'b') lines.flush()
    })
    add('a', 'b', 'c')
    lines.flush()
    expect(events).toEqual(['a', 'a written', 'b', 'c', 'c written', 'b written'])
  })

  it('does nothing when nothing waits', () => {
    lines.flush()
    expect(events).toEqual([])
  })

  it('may be asked for more than once', () => {
    add('a')
    lines.flush()
    lines.flush()
    expect(events).toEqual(inOrder('a'))
  })
})
