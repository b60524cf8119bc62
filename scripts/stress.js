// @ts-check
// `npm run stress`: the specs that go through so many rounds, or orders of events, that they are too slow for each commit.

import { specs } from './specs.js'

process.exitCode = specs('stress:specs', process.argv.slice(2)) ? 0 : 1
