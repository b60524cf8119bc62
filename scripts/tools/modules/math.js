// A module that calls name.

import { NEVER, of } from 'rxjs'

export const double = (x) => of(2 * x)
export const never = () => NEVER
