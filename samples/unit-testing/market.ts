import { defer, of } from 'rxjs'

const prices = new Map([
  ['ACME', 12],
  ['BOLT', 7],
])

/** Would ask over the network. */
export const market = {
  ask: (symbol: string) => defer(() => of(prices.get(symbol) ?? 0)),
}
