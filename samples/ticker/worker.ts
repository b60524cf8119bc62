import { streaming } from 'rx-crochet/caller'
import type { market, Tick } from './market.js'

const all = streaming<typeof market>('market', { timeout: 10_000 })
const newest = streaming<typeof market>('market', { timeout: 10_000, take: 'latest' })

/** What a thread has read. */
export interface Read {
  readonly count: number
  readonly last: Tick | undefined
  readonly dropped: number
}

/** Needs every tick, and is fast enough for that. */
export function record(): Read {
  const ticks = all.ticks()
  const recorded = [...ticks]
  return { count: recorded.length, last: recorded.at(-1), dropped: ticks.dropped }
}

/** Takes longer for a tick than the market does; only the newest is of use to it. */
export function draw(): Read {
  const ticks = newest.ticks()
  let count = 0
  let last: Tick | undefined
  for (const tick of ticks) {
    count += 1
    last = tick
    drawChart()
  }
  return { count, last, dropped: ticks.dropped }
}

/** For 20 ms. */
function drawChart(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, 20)
}
