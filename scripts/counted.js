// @ts-check
// `node scripts/counted.js SCRIPT`: a script of package.json that is vitest, with its tests counted. For specs that are too slow
// for each commit: `npm run processes` starts whole processes, or has threads die; `npm run stress` goes through many rounds, or orders
// of events; `npm run documents` runs what users copy.

import { specs } from './specs.js'

const [script = '', ...args] = process.argv.slice(2)
process.exitCode = specs(script, args) ? 0 : 1
