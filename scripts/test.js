// @ts-check
// `npm test`: every check that is fast enough to run before each commit. A failed check doesn't keep the others from
// running, so that one run shows all there is to repair; only a failed build does, as there is nothing to check then.
// Arguments go to vitest: `npm test -- --reporter=verbose`. For some specs alone: `npm run specs -- part-of-a-path`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addCount, readCounts, variable } from './counts.js'
import { npmRun, specs } from './specs.js'

const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-test-'))
process.env[variable] ??= join(folder, 'counts')

const passed = check('build') ? [check('lint'), check('lint:imports'), specs('specs', process.argv.slice(2))] : [false]

for (const { check, passed, failed } of readCounts(process.env[variable])) {
  console.log(`${check.padEnd(14)} ${passed} passed, ${failed} failed`)
}
if (passed.length === 1) console.log('Nothing else ran: without a build there is nothing to check.')
rmSync(folder, { recursive: true })
process.exitCode = passed.every(Boolean) ? 0 : 1

function check(/** @type {string} */ script) {
  const passed = npmRun(script)
  addCount(script, Number(passed), Number(!passed))
  return passed
}
