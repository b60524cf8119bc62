// @ts-check
// How the checks tell `npm test` and .ci/run what they counted: one line of JSON a check, appended to the file that the
// variable names. A file and not a result, because the checks are programs of their own, and one that is killed must not
// take with it what the others counted.

import { appendFileSync, readFileSync } from 'node:fs'

export const variable = 'RX_CROCHET_COUNTS'

/** @typedef {{ check: string, passed: number, failed: number }} Count */

/** Does nothing when nobody asked for the counts. */
export function addCount(/** @type {string} */ check, /** @type {number} */ passed, /** @type {number} */ failed) {
  const file = process.env[variable]
  if (file) appendFileSync(file, `${JSON.stringify({ check, passed, failed })}\n`)
}

/** @returns {Count[]} */
export function readCounts(/** @type {string} */ file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => {
    const count = JSON.parse(line)
    if (Number.isInteger(count.passed) && Number.isInteger(count.failed)) return count
    throw new TypeError(`\`${line}\` is not a count`)
  })
}
