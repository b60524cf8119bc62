// Compiled but not run, by check-package: an entry whose types can't be found would be an `any`, which takes everything.

import { Reactor } from 'rx-crochet'
import { blocking } from 'rx-crochet/caller'
import { type Observable, of } from 'rxjs'

const service = { double: (x: number): Observable<number> => of(2 * x) }
const math = blocking<typeof service>('math', { timeout: 5_000 })

export const right: number = math.double(21)
// @ts-expect-error
export const wrong: string = math.double(21)

export const reactor: Reactor = new Reactor()
// @ts-expect-error
reactor.noSuchMember()
