/** Blocking code, under test. In a test something else may say what a share costs. */
import { quote } from './quote.js'

export type Shares = Readonly<Record<string, number>>

export default function worth(shares: Shares, price: (symbol: string) => number = quote): number {
  return Object.entries(shares).reduce((sum, [symbol, count]) => sum + count * price(symbol), 0)
}
