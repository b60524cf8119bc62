// @ts-check
// `npm test`: every check that is fast enough to run before each commit. A failed check doesn't keep the others from
// running, so that one run shows all there is to repair; only a failed build does, as there is nothing to check then.
// Arguments go to vitest: `npm test -- --reporter=verbose`. For some specs alone: `npm run specs -- part-of-a-path`.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addCount, readCounts, variable } from './counts.js'

const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-test-'))
process.env[variable] ??= join(folder, 'counts')

const passed = check('build')
  ? [check('lint'), check('lint:imports'), specs(process.argv.slice(2)), npmRun('samples')]
  : [false]

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

function specs(/** @type {string[]} */ args) {
  const report = join(folder, 'vitest.json')
  const passed = npmRun('specs', ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args])
  const tests = testsIn(report)
  // What no test is to blame for (an error outside of them, a crash of vitest) fails the run and is in no count.
  const isUncounted = !passed && tests.failed === 0
  addCount('specs', tests.passed, tests.failed + Number(isUncounted))
  return passed
}

function testsIn(/** @type {string} */ report) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const isBroken = (/** @type {any} */ file) =>
      file.status === 'failed' && file.assertionResults.every((/** @type {any} */ test) => test.status !== 'failed')
    return { passed: numPassedTests, failed: numFailedTests + testResults.filter(isBroken).length }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function npmRun(/** @type {string} */ script, /** @type {string[]} */ args = []) {
  const command = ['run', '--silent', script, '--', ...args]
  return spawnSync('npm', command, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}
