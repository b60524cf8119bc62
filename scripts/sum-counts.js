// @ts-check
// The end of .ci/run: `node scripts/sum-counts.js FOLDER COMMAND=STATUS…` sums what each command counted in FOLDER/COMMAND
// to one line alone. Counts that can't be read, or that tell of no failure where the status does, are a failure.

import { join } from 'node:path'
import { readCounts } from './counts.js'

const [folder = '', ...commands] = process.argv.slice(2)
const sums = commands.map((command) => sumOf(...command.split('=')))
const passed = sums.reduce((sum, command) => sum + command.passed, 0)
const failed = sums.reduce((sum, command) => sum + command.failed, 0)

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = passed > 0 && failed === 0 ? 0 : 1

function sumOf(command = '', status = '') {
  try {
    const counts = readCounts(join(folder, command))
    const passed = counts.reduce((sum, count) => sum + count.passed, 0)
    const failed = counts.reduce((sum, count) => sum + count.failed, 0)
    if (passed + failed === 0) throw new Error('nothing was counted')
    if (status === '0' || failed > 0) return { passed, failed }
    console.log(`${command} ended with status ${status} though no check of it failed`)
    return { passed, failed: 1 }
  } catch (error) {
    console.log(`The counts of ${command} can't be read: ${error instanceof Error ? error.message : error}`)
    return { passed: 0, failed: 1 }
  }
}
