import { map, NEVER, type Observable, of, tap, timer } from 'rxjs'
import type { Timeline } from './timeline.js'

const shelves = new Map<string, Observable<string>>([
  ['pencil', of('A1')],
  ['desk', timer(300).pipe(map(() => 'C7'))],
])

/** The slow upstream. It finds a pencil at once and a desk after a while; for a unicorn it would look for ever. Then it packs. */
export function openWarehouse(timeline: Timeline) {
  return {
    find(item: string): Observable<string> {
      const shelf = shelves.get(item) ?? NEVER
      return shelf.pipe(tap({ subscribe: () => timeline.add(`${item}: the warehouse looks for it`) }))
    },
    pack(item: string): Observable<string> {
      return timer(50).pipe(map(() => `${item} in a box`))
    },
  }
}

export type Warehouse = ReturnType<typeof openWarehouse>
