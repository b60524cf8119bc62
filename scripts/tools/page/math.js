import { of } from 'rxjs'

export const double = (x) => of(2 * x)
