/** A few rounds for each commit; `npm run stress` goes through more. */
import { inRounds } from './rounds.js'

inRounds(2)
