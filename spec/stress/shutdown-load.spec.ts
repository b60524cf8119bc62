/** As many rounds as it takes to meet what only few signals do. */
import { inRounds } from '../integration/shutdown-load/rounds.js'

inRounds(5)
