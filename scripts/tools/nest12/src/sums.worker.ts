import { blocking } from 'rx-crochet/caller';
import type { Observable } from 'rxjs';

interface Sums {
  double(x: number): Observable<number>;
}

const math = blocking<Sums>('math', { timeout: 10_000 });

export default (x: number): number => math.double(x);
