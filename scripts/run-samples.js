// @ts-check
// Runs every sample as its reader would, with no arguments: each must end by itself, with 0.
// `npm run samples -- link-checker` runs only those named.

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bound = 60_000
const compiled = 'dist/samples'
/** One process sends another a signal there, which Windows doesn't have. */
const signalling = ['graceful-shutdown']

const logs = mkdtempSync(join(tmpdir(), 'rx-crochet-samples-'))
const outcomes = samples(process.argv.slice(2)).map(runs)
rmSync(logs, { recursive: true })

const passed = outcomes.filter(Boolean).length
process.exitCode = passed === outcomes.length ? 0 : 1

function samples(/** @type {string[]} */ names) {
  if (names.length > 0) return names
  const folders = existsSync(compiled) ? readdirSync(compiled) : []
  const canRun = (/** @type {string} */ name) => process.platform !== 'win32' || !signalling.includes(name)
  return folders.filter((name) => existsSync(mainOf(name)) && canRun(name)).sort()
}

function mainOf(/** @type {string} */ name) {
  return join(compiled, name, 'main.js')
}

function runs(/** @type {string} */ name) {
  // A file keeps both streams in order, and a process that the sample leaves behind can't hold it open as it could a pipe.
  const log = join(logs, `${name}.log`)
  const output = openSync(log, 'w')
  const start = performance.now()
  const { status, signal, error } = spawnSync(process.execPath, ['--enable-source-maps', mainOf(name)], {
    stdio: ['ignore', output, output],
    timeout: bound,
    killSignal: 'SIGKILL',
  })
  closeSync(output)

  const seconds = `${((performance.now() - start) / 1_000).toFixed(1)} s`
  if (status === 0) {
    console.log(`ok      sample ${name} (${seconds})`)
    return true
  }
  const end = error ? `did not end within ${bound} ms` : `ended with ${signal ?? `status ${status}`}`
  console.log(`FAILED  sample ${name} (${seconds}): ${end}; its output:`)
  console.log(readFileSync(log, 'utf8'))
  return false
}
