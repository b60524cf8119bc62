// @ts-check
// `npm run specs:lanes`: the specs over each of the two lanes alone, by which messages between threads go.

import { specs } from './specs.js'

const passed = ['general', 'fast'].map((lane) => {
  console.log(`Over the ${lane} lane:`)
  // The threads and processes that specs start inherit it.
  process.env.RX_CROCHET_LANE = lane
  return specs('specs', process.argv.slice(2))
})
process.exitCode = passed.every(Boolean) ? 0 : 1
