// @ts-check
// `npm run specs:package`: the specs that don't look into lib, with the package as it is published.

import { specs } from './specs.js'

process.env.RX_CROCHET_SPECS = 'package'
process.exitCode = specs('specs', process.argv.slice(2)) ? 0 : 1
