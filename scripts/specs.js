// @ts-check
// How the specs are run, and their tests counted.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addCount } from './counts.js'

/**
 * Runs a script of package.json that is vitest, and counts its tests.
 *
 * @param {string} script
 * @param {string[]} args
 * @param {{ check?: string, env?: NodeJS.ProcessEnv }} [options] As what they are counted, and in which environment they run.
 */
export function specs(script, args, { check = script, env } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rx-crochet-specs-'))
  const report = join(folder, 'vitest.json')
  const passed = npmRun(script, ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], env)
  const tests = testsIn(report)
  rmSync(folder, { recursive: true })
  // What no test is to blame for (an error outside of them, a crash of vitest) fails the run and is in no count.
  const isUncounted = !passed && tests.failed === 0
  addCount(check, tests.passed, tests.failed + Number(isUncounted))
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

/** Runs a script of package.json; returns whether it passed. */
export function npmRun(/** @type {string} */ script, /** @type {string[]} */ args = [], env = process.env) {
  const command = ['run', '--silent', script, '--', ...args]
  // npm is a batch file on Windows, which only a shell can run.
  const shell = process.platform === 'win32'
  return spawnSync('npm', command, { stdio: ['ignore', 'inherit', 'inherit'], env, shell }).status === 0
}
