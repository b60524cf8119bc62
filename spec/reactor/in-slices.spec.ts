import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inSlices } from '../../lib/reactor/in-slices.js'
import { TIME_SLICE } from '../../lib/reactor/main-loop-scheduler.js'

/** Works for as long as one slice lasts. */
function work(): void {
  const end = performance.now() + TIME_SLICE
  while (performance.now() < end);
}

function* steps(count: number, each: (step: number) => void): Generator<void, string> {
  for (let step = 0; step < count; step++) {
    each(step)
    yield
  }
  return `${count} steps`
}

describe('work in slices', () => {
  it('is done at once if there is none', async () => {
    expect(await inSlices(steps(0, () => undefined))).toBe('0 steps')
  })

  it('is done when the promise is returned, if it fits into the first slice', async () => {
    let took: number
    do {
      const done: number[] = []
      const start = performance.now()
      const result = inSlices(steps(3, (step) => done.push(step)))
      const doneByThen = [...done]
      took = performance.now() - start
      if (took < TIME_SLICE) expect(doneByThen).toEqual([0, 1, 2])
      expect(await result).toBe('3 steps')
      // It may take longer, on a machine that has other work; then it tells nothing.
    } while (took >= TIME_SLICE)
  })

  it('goes on to the end of a slice and no further before it gives the loop back', async () => {
    const done: number[] = []
    const result = inSlices(
      steps(3, (step) => {
        done.push(step)
        work()
      }),
    )
    expect(done).toEqual([0])
    expect(await result).toBe('3 steps')
    expect(done).toEqual([0, 1, 2])
  })

  it('fills each slice, not just the first', async () => {
    const turns = new Set<number>()
    do {
      let turn = 0
      let over = false
      const counting = (async () => {
        for (; !over; turn++) await nextTurn()
      })()
      turns.clear()
      await inSlices(
        steps(11, (step) => {
          if (step === 0) work()
          else turns.add(turn)
        }),
      )
      over = true
      await counting
      // It may take more than one, on a machine that has other work.
    } while (turns.size > 1)
    expect(turns.size).toBe(1)
  })

  it('gives the loop back between slices', async () => {
    const turns = new Set<number>()
    let turn = 0
    let over = false
    const counting = (async () => {
      for (; !over; turn++) await nextTurn()
    })()
    await inSlices(
      steps(20, () => {
        turns.add(turn)
        work()
      }),
    )
    over = true
    await counting
    expect(turns.size).toBe(20)
  })

  it('takes turns with other such work', async () => {
    const order: string[] = []
    const piece = (name: string): Promise<string> =>
      inSlices(
        steps(3, () => {
          order.push(name)
          work()
        }),
      )
    await Promise.all([piece('one'), piece('other')])
    expect(order).toEqual(['one', 'other', 'one', 'other', 'one', 'other'])
  })

  it.each([
    ['the first slice', 0],
    ['a later one', 3],
  ])('passes on what a step throws in %s, and takes no further step', async (_, failing) => {
    const done: number[] = []
    const error = new Error('a step failed')
    const result = inSlices(
      steps(10, (step) => {
        done.push(step)
        work()
        if (step === failing) throw error
      }),
    )
    await expect(result).rejects.toBe(error)
    expect(done.at(-1)).toBe(failing)
  })

  it('takes each step once and in order, however long it takes, and returns what they return', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (areLong) => {
        const done: number[] = []
        const result = await inSlices(
          steps(areLong.length, (step) => {
            done.push(step)
            if (areLong[step]) work()
          }),
        )
        expect(result).toBe(`${areLong.length} steps`)
        expect(done).toEqual([...areLong.keys()])
      }),
      { numRuns: 50 },
    )
  })
})
