import { beforeEach, describe, expect, it } from 'vitest'
import { Turns } from '../../lib/reactor/turns.js'

/** In ms; as long as a turn at the most. */
const A_TURN = 3
const MANY = 8

let turns: Turns<string>
let now: number

beforeEach(() => {
  turns = new Turns(1)
  now = 1_000
})

/** A whole turn with so many messages. */
function turn(messages: number): void {
  expect(turns.take('one', now)).toBe(true)
  for (let message = 0; message < messages; message++) turns.count('one')
  now += A_TURN
  turns.end(now)
}

describe('turns', () => {
  it('are for so many at a time, and end when they have lasted long enough', () => {
    expect(turns.take('one', now)).toBe(true)
    expect(turns.take('other', now)).toBe(false)
    turns.end(now + A_TURN / 2)
    expect([turns.has('one'), turns.has('other')]).toEqual([true, false])
    turns.end(now + A_TURN)
    expect(turns.take('other', now + A_TURN)).toBe(true)
  })

  it('are there for the next as soon as one leaves', () => {
    turns.take('one', now)
    turns.leave('one')
    expect(turns.take('other', now)).toBe(true)
  })

  it('have a break when messages take as long as wake-ups, and then go on', () => {
    for (let slow = 0; slow < MANY; slow++) {
      expect(turns.isBreak(now)).toBe(false)
      turn(30)
    }
    expect(turns.isBreak(now)).toBe(true)
    expect(turns.isBreak(now + 1_000)).toBe(false)
    now += 1_000
    turn(30)
    expect(turns.isBreak(now)).toBe(false)
  })

  it('have none while as many are fast as are slow', () => {
    for (let round = 0; round < 3 * MANY; round++) {
      turn(30)
      turn(300)
    }
    expect(turns.isBreak(now)).toBe(false)
  })

  it('say nothing of who leaves before the end', () => {
    for (let round = 0; round < 3 * MANY; round++) {
      turns.take('one', now)
      turns.leave('one')
      now += A_TURN
      turns.end(now)
    }
    expect(turns.isBreak(now)).toBe(false)
  })
})
