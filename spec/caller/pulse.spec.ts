import { describe, expect, it } from 'vitest'
import { Pulse } from '../../lib/caller/pulse.js'

/** What a Pulse says when it has seen these beats. */
function after(looks: number, beats: readonly number[]): Pick<Pulse, 'isLost' | 'hasBeaten'> {
  const pulse = new Pulse(looks)
  for (const each of beats) pulse.look(each)
  const { isLost, hasBeaten } = pulse
  return { isLost, hasBeaten }
}

const turns = { isLost: false, hasBeaten: true }
const stands = { isLost: true, hasBeaten: true }

describe('a pulse', () => {
  it.each<readonly [what: string, looks: number, beats: readonly number[], told: object]>([
    ['is lost when as many looks as are borne find no beat', 5, [1, 1, 1, 1, 1, 1], stands],
    ['is not before', 5, [1, 1, 1, 1, 1], turns],
    ['is not if there was one beat meanwhile', 5, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2], turns],
    ['is lost after that too', 5, [1, 1, 2, 2, 2, 2, 2, 2], stands],
    ['bears four looks at the least', 0, [1, 1, 1, 1], turns],
    ['bears no more than these then', 0, [1, 1, 1, 1, 1], stands],
    ['bears a part of a look as a whole one', 4.1, [1, 1, 1, 1, 1], turns],
    ['bears all looks if it is told so', Number.POSITIVE_INFINITY, new Array<number>(1_000).fill(1), turns],
    ['is lost if there never was a beat', 4, [0, 0, 0, 0], { isLost: true, hasBeaten: false }],
    ['counts on when the count of beats wraps', 4, [2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1], turns],
  ])('%s', (_, looks, beats, told) => {
    expect(after(looks, beats)).toEqual(told)
  })
})
