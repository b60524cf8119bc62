import { beforeEach, describe, expect, it } from 'vitest'
import { Rest } from '../../lib/caller/rest.js'
import { ConnectionMemory } from '../../lib/protocol/memory/connection-memory.js'
import { Spin } from '../../lib/protocol/memory/spin.js'

/** In ms; shorter than any look. */
const A_MOMENT = 0.001
const SOME_CALL = 1

let memory: ConnectionMemory
let rest: Rest

beforeEach(() => {
  memory = ConnectionMemory.allocate()
  rest = new Rest(memory)
})

function waitInVain(times: number): void {
  for (let i = 0; i < times; i++) rest.untilNews(memory.news, A_MOMENT, SOME_CALL)
}

describe('the rest of a thread', () => {
  it('ends at once if there is news', () => {
    for (const spin of Object.values(Spin)) {
      memory.letSpin(spin)
      const seen = memory.news
      memory.announce()
      rest.untilNews(seen, Number.POSITIVE_INFINITY, SOME_CALL)
      expect(memory.isAsleep).toBe(false)
    }
  })

  it('tells the reactor when the thread sleeps at once from now on, as looking was in vain', () => {
    memory.letSpin(Spin.IF_IT_PAYS)
    expect(memory.isPatient).toBe(true)
    waitInVain(3)
    expect(memory.isPatient).toBe(false)
  })

  it('tells it when the thread looks again', () => {
    memory.letSpin(Spin.IF_IT_PAYS)
    waitInVain(3)
    for (let i = 0; i < 100 && !memory.isPatient; i++) rest.untilNews(memory.news - 1, A_MOMENT, SOME_CALL)
    expect(memory.isPatient).toBe(true)
  })

  it('learns nothing from waits in which the thread may not look', () => {
    memory.letSpin(Spin.NEVER)
    waitInVain(100)
    expect(memory.isPatient).toBe(true)
  })

  it('learns nothing from waits in a turn', () => {
    memory.letSpin(Spin.ALWAYS)
    waitInVain(100)
    expect(memory.isPatient).toBe(true)
  })
})
