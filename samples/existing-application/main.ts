/**
 * An RxJS application that had a pool before it had a reactor. Three lines are new: they let the pool's blocking code wait for
 * what happens on the main loop.
 *
 * Run: `npm run samples -- existing-application`. Prints:
 *
 *     Ada: lamp no. 1, packed
 *     a lamp is delivered
 *     Grace: lamp no. 2, packed
 */
import { Piscina } from 'piscina'
import { Reactor } from 'rx-crochet'
import { concatMap, delay, from, lastValueFrom, Subject, take, tap } from 'rxjs'
import { Stock } from './stock.js'

const stock = new Stock()
const sold = new Subject<string>()
sold.pipe(take(1), delay(50)).subscribe(() => {
  process.stdout.write('a lamp is delivered\n')
  stock.add()
})

const pool = new Piscina<string, string>({ filename: new URL('./worker.js', import.meta.url).href, maxThreads: 2 })
const reactor = new Reactor() // new
reactor.attach(pool) // new
reactor.expose('stock', stock) // new

stock.add()
const orders = from(['Ada', 'Grace']).pipe(
  concatMap((customer) => pool.run(customer)),
  tap((line) => process.stdout.write(`${line}\n`)),
  tap((line) => sold.next(line)),
)
await lastValueFrom(orders)
await reactor.stop() // was `pool.close()`
