import { connectable, defer, interval, map, type Observable, take } from 'rxjs'

export interface Tick {
  readonly number: number
  readonly price: number
}

const TICKS = 100

/** Would come from a socket: it goes on by itself, whoever reads. */
const ticks = connectable(
  interval(2).pipe(
    take(TICKS),
    map((index): Tick => ({ number: index + 1, price: 1.1 + index / 10_000 })),
  ),
)
/** It opens for two. */
let toCome = 2

export const market = {
  ticks: (): Observable<Tick> =>
    defer(() => {
      toCome -= 1
      if (toCome === 0) setImmediate(() => ticks.connect())
      return ticks
    }),
}
