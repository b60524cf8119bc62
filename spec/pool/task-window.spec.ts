import { expect, it } from 'vitest'
import type { RunningTask, Sink } from '../../lib/pool/pool-task.js'
import { TaskWindow } from '../../lib/pool/task-window.js'

/** A window of two tasks that are told what to give. */
function open(isOrdered: boolean) {
  const sinks: Sink<string>[] = []
  const told: string[] = []
  const queued = new Set<number>()
  const begin = (task: number, sink: Sink<string>): RunningTask => {
    sinks.push(sink)
    return {
      get hasBegun() {
        return !queued.has(task)
      },
      cancel: () => void told.push('cancelled'),
    }
  }
  const window = new TaskWindow(begin, 2, isOrdered, {
    value: (value) => told.push(value),
    error: () => told.push('error'),
    room: () => told.push('room'),
  })
  window.add(0)
  window.add(1)
  const give = (task: number, value: string): void => sinks[task]?.value(value, () => told.push(`${value} taken`))
  return { window, queued, give, told, complete: (task: number) => sinks[task]?.complete() }
}

it('takes a value for handed on when it is, out of order', () => {
  const { give, told } = open(false)
  give(1, 'b')
  give(0, 'a')
  expect(told).toStrictEqual(['b', 'b taken', 'a', 'a taken'])
})

it('does not take a value for handed on before it is its turn, in order', () => {
  const { give, told, complete, window } = open(true)
  give(1, 'b')
  complete(1)
  give(0, 'a')
  expect(told).toStrictEqual(['a', 'a taken'])
  expect(window.hasRoom).toBe(false)
  complete(0)
  expect(told).toStrictEqual(['a', 'a taken', 'b', 'b taken', 'room'])
  expect(window.isEmpty).toBe(true)
})

it('holds no task back while the first one is in a queue', () => {
  const { give, told, complete, window, queued } = open(true)
  give(1, 'c')
  queued.add(1)
  window.add(2)
  give(2, 'd')
  complete(0)
  expect(told).toStrictEqual(['c', 'c taken', 'd taken', 'room'])
  give(2, 'e')
  queued.delete(1)
  give(2, 'f')
  expect(told.slice(4)).toStrictEqual(['e taken'])
  complete(2)
  complete(1)
  expect(told.slice(5)).toStrictEqual(['d', 'e', 'f', 'f taken', 'room'])
})

it('cancels what is under way when it is closed, and takes no more', () => {
  const { window, told, give } = open(true)
  window.close()
  give(0, 'a')
  expect(told.slice(0, 2)).toStrictEqual(['cancelled', 'cancelled'])
  expect(told).not.toContain('a')
  expect(window.hasRoom).toBe(false)
})

it('cancels a task that has it closed while it is being begun', () => {
  const told: string[] = []
  const begin = (_: number, sink: Sink<string>): RunningTask => {
    sink.value('a', () => undefined)
    return { hasBegun: true, cancel: () => void told.push('cancelled') }
  }
  const window: TaskWindow<number, string> = new TaskWindow(begin, 2, false, {
    value: () => window.close(),
    error: () => undefined,
    room: () => undefined,
  })
  window.add(0)
  expect(told).toStrictEqual(['cancelled'])
})
