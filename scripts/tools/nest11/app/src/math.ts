import { Observable, of } from 'rxjs';

export const double = (x: number): Observable<number> => of(2 * x);
